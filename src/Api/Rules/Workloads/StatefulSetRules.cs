using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using Slipway.Api.Rules.Storage;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Workloads;

/// <summary>StatefulSet (apps/v1).</summary>
internal sealed class StatefulSetRules() : WorkloadRules("StatefulSet")
{
    // Everything else is what the pods and claims that are there were made from.
    private static readonly string[] Mutable =
        ["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"];

    protected override string[] StatusCounts => ["replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"];

    /// <summary>Pods are named after it, and their names are host names.</summary>
    protected override string? NameError(string name) => Names.LabelError(name);

    protected override JsonObject NewStatus() => new() { ["replicas"] = 0, ["availableReplicas"] = 0 };

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        SetDefault(spec, "podManagementPolicy", "OrderedReady");
        var strategy = spec.ObjectOrNew("updateStrategy");
        if (string.IsNullOrEmpty(strategy.Text("type")))
        {
            strategy["type"] = "RollingUpdate";
            strategy.ObjectOrNew("rollingUpdate");
        }
        if (strategy.Text("type") == "RollingUpdate" && strategy.Object("rollingUpdate") is { } rolling) SetDefault(rolling, "partition", 0);
        var retention = spec.ObjectOrNew("persistentVolumeClaimRetentionPolicy");
        SetDefault(retention, "whenDeleted", "Retain");
        SetDefault(retention, "whenScaled", "Retain");
        SetDefault(spec, "replicas", 1);
        SetDefault(spec, "revisionHistoryLimit", 10);
        PodTemplateRules.Default(spec.ObjectOrNew("template"));
        foreach (var claim in spec.Objects("volumeClaimTemplates"))
        {
            SetDefault(claim, "apiVersion", "v1");
            SetDefault(claim, "kind", "PersistentVolumeClaim");
            ClaimRules.DefaultSpec(claim.ObjectOrNew("spec"));
            SetDefault(claim.ObjectOrNew("status"), "phase", "Pending");
        }
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        if (Required(spec, "podManagementPolicy", "spec", causes) && spec.Text("podManagementPolicy") is { } policy and not ("OrderedReady" or "Parallel"))
            causes.Add(StatusCause.Invalid("spec.podManagementPolicy", Quote(policy), "must be 'OrderedReady' or 'Parallel'"));
        Strategy(spec.Object("updateStrategy") ?? [], causes);
        foreach (var name in (ReadOnlySpan<string>)["whenDeleted", "whenScaled"])
            if (spec.Object("persistentVolumeClaimRetentionPolicy") is { } retention) Supported(retention, name, ["Retain", "Delete"], "spec.persistentVolumeClaimRetentionPolicy", causes);
        NotNegative(spec, ["replicas", "minReadySeconds"], "spec", causes);
        if (spec.Object("ordinals") is { } ordinals) NotNegative(ordinals, "start", "spec.ordinals", causes);
        Grammar(spec, "serviceName", Names.Dns1035Error, "spec", causes);
        Template(spec, causes);
        var i = 0;
        foreach (var claim in spec.Objects("volumeClaimTemplates"))
        {
            var at = $"spec.volumeClaimTemplates[{i++}]";
            RequiredGrammar(claim.Object("metadata") ?? [], "name", Names.LabelError, $"{at}.metadata", causes);
            ClaimSpecRules.Validate(claim.Object("spec") ?? [], $"{at}.spec", causes);
        }
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        var (before, after) = (old.Object("spec") ?? [], updated.Object("spec") ?? []);
        var changed = before.Select(p => p.Key).Union(after.Select(p => p.Key)).Any(k => !Mutable.Contains(k) && !JsonNode.DeepEquals(before[k], after[k]));
        if (changed) causes.Add(StatusCause.Forbidden("spec", "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"));
    }

    public override IReadOnlyList<string> Warnings(JsonObject? old, JsonObject updated)
    {
        var warnings = base.Warnings(old, updated);
        return updated.Object("spec")?.Integer("revisionHistoryLimit") < 0
            ? [.. warnings, "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"]
            : warnings;
    }

    private static void Strategy(JsonObject strategy, List<StatusCause> causes)
    {
        const string path = "spec.updateStrategy";
        var rolling = strategy.Object("rollingUpdate");
        switch (strategy.Text("type"))
        {
            case null or "":
                causes.Add(StatusCause.Required(path));
                break;
            case "OnDelete":
                if (rolling is not null) causes.Add(StatusCause.Invalid($"{path}.rollingUpdate", rolling.Shown(), "only allowed for updateStrategy 'RollingUpdate'"));
                break;
            case "RollingUpdate":
                if (rolling is null) break;
                NotNegative(rolling, "partition", $"{path}.rollingUpdate", causes);
                if (rolling["maxUnavailable"] is not { } unavailable) break;
                NumberOrPercent.NotNegative(unavailable, $"{path}.rollingUpdate.maxUnavailable", causes);
                if (NumberOrPercent.ValueOf(unavailable) == 0) causes.Add(StatusCause.Invalid($"{path}.rollingUpdate.maxUnavailable", unavailable.Shown(), "cannot be 0"));
                NumberOrPercent.NotAboveAll(unavailable, $"{path}.rollingUpdate.maxUnavailable", causes);
                break;
            default:
                causes.Add(StatusCause.Invalid(path, strategy.Shown(), "must be 'RollingUpdate' or 'OnDelete'"));
                break;
        }
    }

    // The volumes of the claims are there for the containers as if the template had them.
    private void Template(JsonObject spec, List<StatusCause> causes)
    {
        var claims = spec.Objects("volumeClaimTemplates").Select(c => c.Name).Where(n => n.Length > 0).ToHashSet(StringComparer.Ordinal);
        if (claims.Count == 0)
        {
            SelectorAndTemplate(spec, causes);
            return;
        }
        var complete = (JsonObject)spec.DeepClone();
        var pod = complete.ObjectOrNew("template").ObjectOrNew("spec");
        var volumes = pod.Array("volumes") ?? [];
        // Appended, so that the template's own volumes keep their indexes; a claim stands for a volume of its name.
        var own = volumes.OfType<JsonObject>().Select(v => v.Text("name")).ToHashSet();
        JsonArray all = [.. volumes.Select(v => v?.DeepClone()), .. claims.Where(c => !own.Contains(c)).Select(c => (JsonNode)new JsonObject { ["name"] = c, ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = c } })];
        pod["volumes"] = all;
        SelectorAndTemplate(complete, causes);
    }
}

/// <summary>ControllerRevision (apps/v1).</summary>
internal sealed class ControllerRevisionRules : KindRules
{
    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        if (document["data"] is null) causes.Add(StatusCause.Required("data", "data is mandatory"));
        NotNegative(document, "revision", "", causes);
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        Immutable(old["data"], updated["data"], "data", causes);
    }
}
