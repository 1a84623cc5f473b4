using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Devices;

/// <summary>Defaults of requests for devices.</summary>
internal static class DeviceDefaults
{
    public static void Apply(JsonObject claimSpec)
    {
        foreach (var request in claimSpec.Object("devices")?.Objects("requests") ?? [])
        {
            if (request.Object("exactly") is { } exactly) Request(exactly);
            foreach (var alternative in request.Objects("firstAvailable")) Request(alternative);
        }
    }

    private static void Request(JsonObject request)
    {
        SetDefault(request, "allocationMode", "ExactCount");
        if (request.Text("allocationMode") == "ExactCount" && request.Integer("count") is null or 0) request["count"] = 1;
        foreach (var toleration in request.Objects("tolerations")) SetDefault(toleration, "operator", "Equal");
    }
}

/// <summary>ResourceClaim (resource.k8s.io/v1).</summary>
internal sealed class ResourceClaimRules : KindRules
{
    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => [];

    public override void Default(JsonObject document) => DeviceDefaults.Apply(document.ObjectOrNew("spec"));

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes) => DeviceClaimRules.Validate(document.Object("spec") ?? [], "spec", causes);

    /// <summary>The specification cannot change, so it is not judged again.</summary>
    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes) => Immutable(old["spec"], updated["spec"], "spec", causes);

    /// <summary>An allocation that has not changed is not judged again.</summary>
    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated)
    {
        List<StatusCause> causes = [.. base.ValidateStatusUpdate(old, updated)];
        if (updated.Object("status")?.Object("allocation") is { } allocation && !JsonNode.DeepEquals(old.Object("status")?["allocation"], allocation))
            DeviceAllocationRules.Validate(allocation, "status.allocation", causes);
        return causes;
    }
}

/// <summary>ResourceClaimTemplate (resource.k8s.io/v1).</summary>
internal sealed class ResourceClaimTemplateRules : KindRules
{
    public override void Default(JsonObject document) => DeviceDefaults.Apply(document.ObjectOrNew("spec").ObjectOrNew("spec"));

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        MetadataRules.ValidateTemplate(spec, "spec.metadata", causes);
        DeviceClaimRules.Validate(spec.Object("spec") ?? [], "spec.spec", causes);
    }

    /// <summary>The specification cannot change, so it is not judged again.</summary>
    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes) => Immutable(old["spec"], updated["spec"], "spec", causes);
}

/// <summary>DeviceClass (resource.k8s.io/v1).</summary>
internal sealed class DeviceClassRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasGeneration => true;

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        DeviceClaimRules.Selectors(spec, "spec", causes);
        AtMost(spec.Array("config"), DeviceClaimRules.MaxConfigurations, "spec.config", causes);
        var i = 0;
        foreach (var config in spec.Objects("config")) DeviceNames.Configuration(config, $"spec.config[{i++}]", causes);
        if (spec.Text("extendedResourceName") is { } name && (!name.Contains('/') || ResourceNames.ContainerError(name) is not null || name.StartsWith("kubernetes.io/", StringComparison.Ordinal) || name.StartsWith("requests.", StringComparison.Ordinal)))
            causes.Add(StatusCause.Invalid("spec.extendedResourceName", Quote(name), "must be a valid extended resource name"));
    }
}
