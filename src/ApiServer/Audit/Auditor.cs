using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Metrics;
using Slipway.ApiServer.Routing;
using Slipway.ApiServer.Serving;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Audit;

/// <summary>Records requests as the policy says, before and after they are answered.</summary>
internal sealed class Auditor(AuditPolicy policy, AuditLog log, AuditMetrics metrics, TimeProvider clock)
{
    /// <summary>Begins the record of a request; null when nothing of it is recorded.</summary>
    /// <param name="user">Who asks; without a name if that is not known.</param>
    /// <param name="request">The request.</param>
    /// <param name="path">Its path.</param>
    /// <param name="query">Its query.</param>
    /// <param name="message">What is recorded in place of the message that the client gets; null: that message.</param>
    /// <param name="cancellation">Ends the wait for the log.</param>
    public async ValueTask<AuditEvent?> BeginAsync(UserInfo user, ApiRequest request, RequestPath path, Query query, string? message, CancellationToken cancellation)
    {
        var verb = VerbOf(request, path, query);
        var resource = path.Subresource.Length == 0 ? path.Plural : $"{path.Plural}/{path.Subresource}";
        var decision = policy.Decide(new(user.Impersonator ?? user, verb, path.IsResource ? null : path.Path, path.Group, resource, path.Namespace, path.Name));
        metrics.NoteLevel(decision.Level);
        if (decision.Level == AuditLevel.None) return null;
        var begun = new AuditEvent
        {
            Id = Guid.NewGuid(),
            Decision = decision,
            Request = request,
            Path = path,
            Verb = verb,
            User = user,
            Received = clock.GetUtcNow(),
            Message = message,
        };
        if (Records(begun, AuditStages.RequestReceived)) await AddAsync(begun.Line(AuditStages.RequestReceived, begun.Received, 0, null, null), cancellation);
        return begun;
    }

    /// <summary>Completes the record; of an answer that arises over time, when it has ended.</summary>
    /// <returns>The reply to send in place of <paramref name="reply"/>.</returns>
    public async ValueTask<Reply> CompleteAsync(AuditEvent begun, Reply reply, CancellationToken cancellation)
    {
        if (reply.Streamed is { } streamed)
        {
            if (Records(begun, AuditStages.ResponseStarted)) await RecordAsync(begun, AuditStages.ResponseStarted, reply, cancellation);
            return reply.With([new(ReplySender.AuditId, $"{begun.Id}")], async (output, ended) =>
            {
                try
                {
                    await streamed(output, ended);
                }
                finally
                {
                    if (Records(begun, AuditStages.ResponseComplete)) await RecordAsync(begun, AuditStages.ResponseComplete, reply, CancellationToken.None);
                }
            });
        }

        if (reply.Forwarded?.Connection is not null)
        {
            if (Records(begun, AuditStages.ResponseStarted)) await RecordAsync(begun, AuditStages.ResponseStarted, reply, cancellation);
            return reply.Around(async connection =>
            {
                try
                {
                    await connection();
                }
                finally
                {
                    if (Records(begun, AuditStages.ResponseComplete)) await RecordAsync(begun, AuditStages.ResponseComplete, reply, CancellationToken.None);
                }
            }).With([new(ReplySender.AuditId, $"{begun.Id}")]);
        }

        if (begun.Decision.Level == AuditLevel.RequestResponse) reply = reply.Collected();
        if (Records(begun, AuditStages.ResponseComplete)) await RecordAsync(begun, AuditStages.ResponseComplete, reply, cancellation);
        return reply.With([new(ReplySender.AuditId, $"{begun.Id}")]);
    }

    private static bool Records(AuditEvent begun, AuditStages stage) => (begun.Decision.Omitted & stage) == 0;

    private ValueTask RecordAsync(AuditEvent begun, AuditStages stage, Reply reply, CancellationToken cancellation)
    {
        var code = reply.Forwarded?.StatusCode ?? reply.StatusCode;
        var isRefused = code >= 400;
        var document = isRefused || begun.Decision.Level == AuditLevel.RequestResponse ? AuditBodies.OfReply(reply) : null;
        return AddAsync(begun.Line(stage, clock.GetUtcNow(), code, isRefused ? document as JsonObject : null, document), cancellation);
    }

    private ValueTask AddAsync(byte[] line, CancellationToken cancellation)
    {
        metrics.NoteEvent();
        return log.AddAsync(line, cancellation);
    }

    private static string VerbOf(ApiRequest request, RequestPath path, Query query) =>
        (path.IsResource ? Verbs.For(request, path, query) : null)
        ?? (request.Method == "HEAD" ? "get" : request.Method.ToLowerInvariant());
}
