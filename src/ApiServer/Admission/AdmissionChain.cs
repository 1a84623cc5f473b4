using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Metrics;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.Admission;

/// <summary>
/// The plugins in their order, in two phases: first those that mutate, then, on the object as it is to be stored, those that
/// validate. Which of them a request meets is decided once for each resource, subresource and operation.
/// </summary>
/// <param name="plugins">The plugins, in order.</param>
/// <param name="feed">Feeds the caches that plugins read.</param>
/// <param name="committer">Knows the newest write of what plugins rely on.</param>
/// <param name="metrics">Times plugins and phases.</param>
/// <param name="clock">The time.</param>
internal sealed class AdmissionChain(IReadOnlyList<AdmissionPlugin> plugins, CacheFeed feed, Committer committer, AdmissionMetrics metrics, TimeProvider clock)
{
    /// <summary>Resources that plugins decide by: who admits waits for this server's own writes of them.</summary>
    public static readonly FrozenSet<(string Group, string Plural)> Policies = FrozenSet.Create(
        ("", "namespaces"), ("", "serviceaccounts"), ("", "limitranges"), ("", "resourcequotas"),
        ("scheduling.k8s.io", "priorityclasses"), ("storage.k8s.io", "storageclasses"), ("networking.k8s.io", "ingressclasses"), ("node.k8s.io", "runtimeclasses"),
        ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"), ("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
        ("admissionregistration.k8s.io", "validatingadmissionpolicies"), ("admissionregistration.k8s.io", "validatingadmissionpolicybindings"),
        ("admissionregistration.k8s.io", "mutatingadmissionpolicies"), ("admissionregistration.k8s.io", "mutatingadmissionpolicybindings"));

    // Of a definition that is made anew the type is another one, and what was decided of the old one goes with it.
    private readonly ConditionalWeakTable<ResourceType, ConcurrentDictionary<(string Subresource, Operation Operation), Route>> _routes = [];

    /// <summary>The first phase.</summary>
    /// <exception cref="ApiException">The request is refused.</exception>
    public ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation) => RunAsync(request, RouteOf(request).Mutation, cancellation);

    /// <summary>The second phase.</summary>
    /// <exception cref="ApiException">The request is refused.</exception>
    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation) => RunAsync(request, RouteOf(request).Validation, cancellation);

    /// <summary>Both phases, for what is not stored as it was posted: deletions, connections and actions.</summary>
    /// <returns>What was posted, as mutating plugins left it.</returns>
    /// <exception cref="ApiException">The request is refused.</exception>
    public async ValueTask<JsonObject?> AdmitAsync(WriteContext context, Operation operation, JsonObject? document, JsonObject? old, CancellationToken cancellation)
    {
        var request = new AdmissionRequest(context, operation, document, old);
        await MutateAsync(request, cancellation);
        await ValidateAsync(request, cancellation);
        return request.Object;
    }

    private async ValueTask RunAsync(AdmissionRequest request, Phase phase, CancellationToken cancellation)
    {
        if (phase.Steps.Length == 0) return;
        await feed.WaitForAsync(committer.PoliciesWritten, cancellation);
        var (began, isRejected) = (clock.GetTimestamp(), true);
        try
        {
            await StepAsync(request, phase, cancellation);
            if (!phase.Validates && request.NeedsReinvocation)
            {
                request.IsReinvocation = true;
                await StepAsync(request, phase, cancellation);
            }
            isRejected = false;
        }
        finally
        {
            phase.Meter.Observe(isRejected, clock.GetElapsedTime(began));
        }
    }

    // One reading of the clock ends a step and begins the next.
    private async ValueTask StepAsync(AdmissionRequest request, Phase phase, CancellationToken cancellation)
    {
        var began = clock.GetTimestamp();
        foreach (var (plugin, meter) in phase.Steps)
        {
            try
            {
                await (phase.Validates ? plugin.ValidateAsync(request, cancellation) : plugin.MutateAsync(request, cancellation));
            }
            catch (ApiException)
            {
                meter.Observe(isRejected: true, clock.GetElapsedTime(began));
                throw;
            }
            var ended = clock.GetTimestamp();
            meter.Observe(isRejected: false, clock.GetElapsedTime(began, ended));
            began = ended;
        }
    }

    private Route RouteOf(AdmissionRequest request)
    {
        var routes = _routes.GetOrCreateValue(request.Type);
        var key = (request.Subresource, request.Operation);
        if (routes.TryGetValue(key, out var known)) return known;
        var concerned = plugins.Where(p => p.Concerns(request.Type, request.Subresource, request.Operation)).ToArray();
        return routes[key] = new(PhaseOf(concerned.Where(p => p.Mutates), validates: false), PhaseOf(concerned.Where(p => p.Validates), validates: true));

        Phase PhaseOf(IEnumerable<AdmissionPlugin> among, bool validates) =>
            new(validates, [.. among.Select(plugin => (plugin, metrics.OfPlugin(plugin.Name, validates, key.Operation)))], metrics.OfPhase(validates, key.Operation));
    }

    private sealed record Route(Phase Mutation, Phase Validation);

    private sealed record Phase(bool Validates, (AdmissionPlugin Plugin, AdmissionMeter Meter)[] Steps, AdmissionMeter Meter);
}
