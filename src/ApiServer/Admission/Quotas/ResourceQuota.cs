using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Quota;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.Admission.Quotas;

/// <summary>
/// Refuses what exceeds a quota of the namespace, and charges what does not: usage is written into the quota's status at its
/// revision, so that two writes at once cannot both take the rest.
/// </summary>
internal sealed class ResourceQuota(CacheFeed feed, Committer committer, TimeProvider clock) : AdmissionPlugin
{
    private const int Attempts = 10;
    private readonly PolicyObjects<QuotaState> _quotas = new(feed, "", "resourcequotas", QuotaState.Read);

    // Writes of one namespace queue here instead of failing at each other's revisions.
    private readonly SemaphoreSlim[] _queues = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    public override bool Validates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation)
    {
        if (!type.Namespaced || type.Group is "authorization.k8s.io" or "authentication.k8s.io") return false;
        if (type.Plural == "events" && (type.Group is "" or "events.k8s.io")) return false;
        return operation switch
        {
            Operation.Create => subresource.Length == 0,
            Operation.Update => QuotaUsage.ChangesOnUpdate(type.Group, type.Plural, subresource),
            _ => false,
        };
    }

    public override ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation) =>
        _quotas.In(request.Namespace).Any() ? ChargeAsync(request, cancellation) : ValueTask.CompletedTask;

    private async ValueTask ChargeAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        var asked = new QuotaRequest(request.Type.Group, request.Type.Plural, request.Object!, request.OldObject, clock.GetUtcNow());
        var queue = _queues[(int)((uint)string.GetHashCode(request.Namespace) % _queues.Length)];
        await queue.WaitAsync(cancellation);
        try
        {
            // All must have room before one is charged.
            await feed.WaitForAsync(committer.PoliciesWritten, cancellation);
            var charged = new List<CachedObject>();
            foreach (var item in _quotas.In(request.Namespace))
            {
                Check(request, asked, _quotas.Of(item));
                if (!QuotaCheck.Increase(_quotas.Of(item), asked).IsEmpty) charged.Add(item);
            }
            if (request.DryRun) return;
            foreach (var item in charged) await ChargeAsync(request, asked, item, cancellation);
        }
        finally
        {
            queue.Release();
        }
    }

    private async ValueTask ChargeAsync(AdmissionRequest request, QuotaRequest asked, CachedObject item, CancellationToken cancellation)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var state = _quotas.Of(item);
            Check(request, asked, state);
            var increase = QuotaCheck.Increase(state, asked);
            if (increase.IsEmpty) return;
            var document = (JsonObject)JsonNode.Parse(item.Bytes.Json.Span, documentOptions: Nesting.Document)!;
            document.ObjectOrNew("status")["used"] = state.Used.Plus(increase).ToJson();
            var outcome = await committer.ReplaceAsync(_quotas.Cache, ("", "resourcequotas"), document, item, cancellation);
            if (outcome.Committed || outcome.Object is null) return;   // a quota that has gone limits nothing
            item = outcome.Object;
        }
        throw request.Forbidden($"Operation cannot be fulfilled on resourcequotas \"{item.Name}\": the object has been modified; please apply your changes to the latest version and try again");
    }

    private static void Check(AdmissionRequest request, QuotaRequest asked, QuotaState quota)
    {
        if (QuotaCheck.Refusal(quota, asked) is { } why) throw request.Forbidden(why);
    }
}
