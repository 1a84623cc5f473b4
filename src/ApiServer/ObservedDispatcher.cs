using Slipway.Api;
using Slipway.ApiServer.Audit;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.CustomResources;
using Slipway.ApiServer.FlowControl;
using Slipway.ApiServer.Metrics;
using Slipway.ApiServer.Routing;
using Slipway.ApiServer.Serving;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer;

/// <summary>
/// Around the router: every request is counted, timed, and recorded as the audit policy says; clients' take turns; who asks for what is
/// deprecated is warned.
/// </summary>
internal sealed class ObservedDispatcher(Dispatcher inner, CustomResourceService definitions, PriorityAndFairness flows, RequestMetrics metrics, Auditor? auditor, TimeProvider clock) : IRequestTarget
{
    /// <inheritdoc/>
    public bool PassesOn(string pathAndQuery) => PassedOn.Concerns(pathAndQuery);

    /// <summary>Answers a request of a client when it is its turn; refusals are replies.</summary>
    public ValueTask<Reply> DispatchAsync(UserInfo user, ApiRequest request, CancellationToken cancellation) => AnswerAsync(user, request, takesTurn: true, cancellation);

    /// <summary>Answers a request from this process, whose loops bound themselves: what a client waits for must not wait for other clients.</summary>
    public ValueTask<Reply> DispatchAtOnceAsync(UserInfo user, ApiRequest request, CancellationToken cancellation) => AnswerAsync(user, request, takesTurn: false, cancellation);

    private async ValueTask<Reply> AnswerAsync(UserInfo user, ApiRequest request, bool takesTurn, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        var (path, query) = Query.Split(request.PathAndQuery);
        var resource = ResourceOf(path);
        var meters = metrics.Of(KindOf(request, path, query, resource));
        var audited = auditor is null ? null : await auditor.BeginAsync(user, request, path, query, null, cancellation);

        Reply reply;
        try
        {
            using (meters.Begin())
                reply = takesTurn && !IsLasting(path, query)
                    ? await InTurnAsync(user, request, path, query, meters, audited?.Annotations, cancellation)
                    : await inner.DispatchAsync(user, request, path, query, audited?.Annotations, cancellation);
        }
        catch (OperationCanceledException)
        {
            // What was given up is recorded all the same.
            meters.Observe(504, clock.GetElapsedTime(started), TimeSpan.Zero);
            if (audited is not null) await auditor!.CompleteAsync(audited, StatusBody.Reply(ApiException.OutOfTime()), CancellationToken.None);
            throw;
        }

        meters.Observe(reply.Forwarded?.StatusCode ?? reply.StatusCode, clock.GetElapsedTime(started), reply.Waited);
        reply = meters.Sized(reply);
        if (resource?.Type.DeprecationWarning is { } warning)
        {
            meters.NoteDeprecated();
            audited?.Annotations.Set(AuditAnnotations.Deprecated, "true");
            reply = reply.With(WarningHeaders.Of([warning]));
        }
        if (reply.Streamed is not null) reply = Tracked(reply, meters);
        reply = reply.Around(async connection =>
        {
            using (meters.BeginLong()) await connection();
        });
        return audited is null ? reply : await auditor!.CompleteAsync(audited, reply, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<Reply> RefuseAsync(UserInfo user, ApiRequest request, ApiException refusal, string? recorded, CancellationToken cancellation)
    {
        var (path, query) = Query.Split(request.PathAndQuery);
        var meters = metrics.Of(KindOf(request, path, query, ResourceOf(path)));
        meters.Observe(refusal.Code, TimeSpan.Zero, TimeSpan.Zero);
        if (refusal.Code is 429 or 504) meters.Terminate(refusal.Code);
        var reply = StatusBody.Reply(refusal);
        var audited = auditor is null ? null : await auditor.BeginAsync(user, request, path, query, recorded, cancellation);
        return audited is null ? reply : await auditor!.CompleteAsync(audited, reply, cancellation);
    }

    /// <inheritdoc/>
    public void GiveUp(ApiRequest request, bool hasBegun)
    {
        var (path, query) = Query.Split(request.PathAndQuery);
        var meters = metrics.Of(KindOf(request, path, query, ResourceOf(path)));
        if (hasBegun) meters.Abort();
        else meters.Terminate(504);
    }

    // The seat is for the work, not for the time in which a client takes the answer: a slow reader holds none.
    private async ValueTask<Reply> InTurnAsync(UserInfo user, ApiRequest request, RequestPath path, Query query, RequestMeters meters, AuditAnnotations? annotations, CancellationToken cancellation)
    {
        using var turn = await flows.EnterAsync(FlowRequest.Of(user, request, path, query), cancellation);
        if (!turn.IsGranted) meters.Terminate(429);
        var reply = turn.IsGranted
            ? await inner.DispatchAsync(user, request, path, query, annotations, cancellation)
            : StatusBody.Reply(ApiException.TooManyRequests("too many requests, please try again later", retryAfterSeconds: 1));
        reply = reply.With(turn.Flow.Headers);
        return turn.Waited == TimeSpan.Zero ? reply : reply with { Waited = reply.Waited + turn.Waited };
    }

    // Streams, proxies and followed logs hold no seat. A watch does until it begins.
    private static bool IsLasting(RequestPath path, Query query) => path.IsConnection || (path.Subresource == "log" && query.Flag("follow"));

    private static Reply Tracked(Reply reply, RequestMeters meters) => reply.With([], async (output, ended) =>
    {
        using (meters.BeginLong()) await reply.Streamed!(output, ended);
    });

    private ServedResource? ResourceOf(RequestPath path) => path.IsResource ? definitions.Catalog.Find(path.Group, path.Version, path.Plural) : null;

    private static RequestKind KindOf(ApiRequest request, RequestPath path, Query query, ServedResource? resource)
    {
        var verb = (path.IsResource ? Verbs.For(request, path, query) : null) switch
        {
            not null when path.IsConnection => "CONNECT",
            "create" => "POST",
            "update" => "PUT",
            "patch" when request.ContentType.StartsWith(MediaTypes.ApplyPatch, StringComparison.Ordinal) => "APPLY",
            { } known => known.ToUpperInvariant(),
            null => request.Method is "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" ? request.Method : "other",
        };
        if (resource is null) return new(verb, "", "", "", "", "", false);
        var subresource = Verbs.Of(resource, path.Subresource).Count > 0 ? path.Subresource : "";
        var scope = path.Name.Length > 0 || verb == "POST" ? "resource" : path.Namespace.Length > 0 ? "namespace" : "cluster";
        return new(verb, resource.Type.Group, resource.Type.Version, resource.Type.Plural, subresource, scope, query["dryRun"] == "All");
    }
}
