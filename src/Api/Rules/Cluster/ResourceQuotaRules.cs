using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Cluster;

/// <summary>ResourceQuota (core/v1).</summary>
internal sealed class ResourceQuotaRules : KindRules
{
    private const string Requirements = "spec.scopeSelector.matchExpressions";
    private static readonly string[] PodScopes = ["Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "CrossNamespacePodAffinity"];
    private static readonly string[] Compute = ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => [];

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        Amounts(spec, "hard", "spec", causes);
        Scopes(spec, causes);
        Selector(spec, causes);
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        var (before, after) = (old.Object("spec")?.Array("scopes") ?? [], updated.Object("spec")?.Array("scopes") ?? []);
        if (!before.Select(s => s.AsText()).ToHashSet().SetEquals(after.Select(s => s.AsText()))) causes.Add(StatusCause.Invalid("spec.scopes", after.Shown(), "field is immutable"));
    }

    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>(base.ValidateStatusUpdate(old, updated));
        var status = updated.Object("status") ?? [];
        Amounts(status, "hard", "status", causes);
        Amounts(status, "used", "status", causes);
        return causes;
    }

    private static void Amounts(JsonObject holder, string list, string path, List<StatusCause> causes)
    {
        foreach (var (name, amount) in holder.Object(list) ?? []) ResourceRules.Amount(name, amount, ResourceNames.QuotaError, $"{path}.{list}[{name}]", causes);
    }

    private static void Scopes(JsonObject spec, List<StatusCause> causes)
    {
        if (spec.Array("scopes") is not { Count: > 0 } scopes) return;
        foreach (var scope in scopes)
        {
            if (!IsScope(scope.AsText())) causes.Add(StatusCause.Invalid("spec.scopes", scopes.Shown(), "unsupported scope"));
            else if (!Applies(spec, scope.AsText()!)) causes.Add(StatusCause.Invalid("spec.scopes", scopes.Shown(), "unsupported scope applied to resource"));
        }
        if (Both("BestEffort", "NotBestEffort") || Both("Terminating", "NotTerminating")) causes.Add(StatusCause.Invalid("spec.scopes", scopes.Shown(), "conflicting scopes"));

        bool Both(string one, string other) => scopes.Any(s => s.AsText() == one) && scopes.Any(s => s.AsText() == other);
    }

    private static void Selector(JsonObject spec, List<StatusCause> causes)
    {
        foreach (var requirement in spec.Object("scopeSelector")?.Objects("matchExpressions") ?? [])
        {
            var (scope, op) = (requirement.Text("scopeName") ?? "", requirement.Text("operator") ?? "");
            if (!IsScope(scope)) causes.Add(StatusCause.Invalid($"{Requirements}.scopeName", Quote(scope), "unsupported scope"));
            else if (!Applies(spec, scope)) causes.Add(StatusCause.Invalid(Requirements, spec["scopeSelector"].Shown(), "unsupported scope applied to resource"));
            if (PodScopes.Contains(scope) && op != "Exists")
                causes.Add(StatusCause.Invalid($"{Requirements}.operator", Quote(op), "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"));
            var values = requirement.Array("values");
            if (op is "In" or "NotIn")
            {
                if (values is not { Count: > 0 }) causes.Add(StatusCause.Required($"{Requirements}.values", "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"));
            }
            else if (op is "Exists" or "DoesNotExist")
            {
                if (values is { Count: > 0 }) causes.Add(StatusCause.Invalid($"{Requirements}.values", values.Shown(), "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"));
            }
            else
            {
                causes.Add(StatusCause.Invalid($"{Requirements}.operator", Quote(op), "not a valid selector operator"));
            }
        }
    }

    private static bool IsScope(string? scope) => scope is "PriorityClass" or "VolumeAttributesClass" || PodScopes.Contains(scope);

    // Whether a scope can tell apart what each resource counts; other kinds of objects, counted by name, are left alone.
    private static bool Applies(JsonObject spec, string scope)
    {
        foreach (var (name, _) in spec.Object("hard") ?? [])
        {
            if (ResourceNames.QuotaError(name) is not null || name.Contains('/') || name.Contains("hugepages-", StringComparison.Ordinal)) continue;
            var applies = scope switch
            {
                "BestEffort" => name == "pods",
                "VolumeAttributesClass" => name is "persistentvolumeclaims" or "requests.storage",
                _ => name == "pods" || Compute.Contains(name),
            };
            if (!applies) return false;
        }
        return true;
    }
}
