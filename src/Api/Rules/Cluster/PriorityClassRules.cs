using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Cluster;

/// <summary>PriorityClass (scheduling.k8s.io/v1).</summary>
internal sealed class PriorityClassRules : KindRules
{
    private const long Greatest = 1_000_000_000;

    public override bool IsNamespaced => false;

    public override bool HasGeneration => true;

    public override void Default(JsonObject document) => SetDefault(document, "preemptionPolicy", "PreemptLowerPriority");

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var value = document.Integer("value") ?? 0;
        if (document.Name.StartsWith("system-", StringComparison.Ordinal))
        {
            if (SystemError(document, value) is { } error)
                causes.Add(StatusCause.Forbidden("metadata.name", $"priority class names with 'system-' prefix are reserved for system use only. error: {error}"));
        }
        else if (value > Greatest)
        {
            causes.Add(StatusCause.Forbidden("value", $"maximum allowed value of a user defined priority is {Greatest}"));
        }
        Supported(document, "preemptionPolicy", ["Never", "PreemptLowerPriority"], "", causes);
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        if (old.Integer("value") != updated.Integer("value")) causes.Add(StatusCause.Forbidden("value", "may not be changed in an update."));
        Immutable(old["preemptionPolicy"], updated["preemptionPolicy"], "preemptionPolicy", causes);
    }

    private static string? SystemError(JsonObject document, long value)
    {
        var expected = document.Name switch { "system-node-critical" => 2 * Greatest + 1000, "system-cluster-critical" => 2 * Greatest, _ => 0 };
        if (expected == 0) return $"{document.Name} is not a known system priority class";
        if (value != expected) return $"value of {document.Name} PriorityClass must be {expected}";
        return document.Boolean("globalDefault") == true ? $"globalDefault of {document.Name} PriorityClass must be false" : null;
    }
}

/// <summary>RuntimeClass (node.k8s.io/v1).</summary>
internal sealed class RuntimeClassRules : KindRules
{
    public override bool IsNamespaced => false;

    protected override bool HasOpenFinalizers => true;

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        if (Names.LabelError(document.Text("handler") ?? "") is { } error) causes.Add(StatusCause.Invalid("handler", Quote(document.Text("handler") ?? ""), error));
        if (document.Object("overhead")?.Object("podFixed") is { } overhead) ResourceRules.Validate(new JsonObject { ["limits"] = overhead.DeepClone() }, "overhead", causes);
        if (document.Object("scheduling") is not { } scheduling) return;
        MetadataRules.ValidateLabels(scheduling.Object("nodeSelector"), "scheduling.nodeSelector", causes);
        SchedulingRules.Tolerations(scheduling.Array("tolerations"), "scheduling.tolerations", causes);
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        Immutable(old["handler"], updated["handler"], "handler", causes);
    }
}
