using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Admission.PodSecurity;

/// <summary>
/// Holds pods to the standard that their namespace's labels name, warns of workloads whose pods would not meet it, and of pods
/// that are there already when a namespace becomes stricter
/// (<see href="https://kubernetes.io/docs/concepts/security/pod-security-admission/"/>).
/// </summary>
internal sealed class PodSecurityAdmission(CacheFeed feed) : AdmissionPlugin
{
    private const int MaxPodsToCheck = 3000;
    private static readonly string[] IgnoredSubresources = ["exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"];
    private static readonly string NamespacePrefix = ServedResource.PrefixOf("", "namespaces");
    private readonly ResourceCache _namespaces = feed.For(NamespacePrefix);
    private readonly PolicyObjects<JsonObject> _pods = new(feed, "", "pods", d => d);

    public override string Name => "PodSecurity";

    public override bool Validates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) =>
        operation is Operation.Create or Operation.Update
        && (IsCore(type, "pods") ? !IgnoredSubresources.Contains(subresource) : subresource.Length == 0 && (IsCore(type, "namespaces") || PodTemplates.Has(type)));

    public override ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.IsNamespace) OnNamespace(request);
        else OnPodOrWorkload(request);
        return ValueTask.CompletedTask;
    }

    private void OnPodOrWorkload(AdmissionRequest request)
    {
        if (_namespaces.Find(NamespacePrefix + request.Namespace)?.Labels is not { } labels) return;
        var (policy, errors) = SecurityPolicy.Of(labels);
        if (errors.Count == 0 && policy.DemandsNothing) return;
        var isPod = IsCore(request.Type, "pods");
        if (isPod && request is { Operation: Operation.Update, OldObject: { } old } && !SignificantChange.Between(old, request.Object!)) return;
        var pod = isPod ? ViewOf(request.Object!) : PodTemplates.Of(request.Type, request.Object!);
        if (pod is null) return;

        if (errors.Count > 0) request.Annotate("pod-security.kubernetes.io/error", $"Failed to parse policy: {string.Join(", ", errors.Select(e => $"{e.Field}: {e.Message}"))}");
        if (SecurityChecks.Violations(policy.Audit, pod) is { Count: > 0 } audited)
            request.Annotate("pod-security.kubernetes.io/audit-violations", $"would violate PodSecurity \"{policy.Audit}\": {SecurityViolation.Describe(audited)}");
        if (isPod)
        {
            request.Annotate("pod-security.kubernetes.io/enforce-policy", $"{policy.Enforce}");
            if (SecurityChecks.Violations(policy.Enforce, pod) is { Count: > 0 } refused)
                throw request.Forbidden($"violates PodSecurity \"{policy.Enforce}\": {SecurityViolation.Describe(refused)}");
        }
        if (SecurityChecks.Violations(policy.Warn, pod) is { Count: > 0 } warned)
            request.Warn($"would violate PodSecurity \"{policy.Warn}\": {SecurityViolation.Describe(warned)}");
    }

    private void OnNamespace(AdmissionRequest request)
    {
        var (policy, errors) = SecurityPolicy.Of(request.Object!.Labels);
        var (before, known) = SecurityPolicy.Of(request.OldObject?.Labels);
        if (errors.Count > 0 && (request.Operation == Operation.Create || !errors.SequenceEqual(known)))
            throw ApiException.Invalid("", "Namespace", request.ShownName, errors);
        if (request.Operation == Operation.Create || policy.Enforce == before.Enforce || policy.Enforce.Level == SecurityLevel.Privileged) return;
        if (policy.Enforce.Minor == before.Enforce.Minor && policy.Enforce.Level <= before.Enforce.Level) return;

        var pods = _pods.In(request.Name).Take(MaxPodsToCheck).Select(p => (p.Name.ToString(), ViewOf(_pods.Of(p))));
        foreach (var warning in ExistingPods.Warnings(request.Name, policy.Enforce, pods)) request.Warn(warning);
    }

    private static PodView ViewOf(JsonObject pod) => new(pod.Annotations, pod.Object("spec") ?? []);
}
