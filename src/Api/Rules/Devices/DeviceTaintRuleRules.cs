using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Devices;

/// <summary>DeviceTaintRule (resource.k8s.io/v1): a taint, and which devices it is on.</summary>
internal sealed class DeviceTaintRuleRules : KindRules
{
    private const int MaxConditions = 8;

    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => [];

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        if (spec.Object("deviceSelector") is { } selector)
        {
            if (selector.Text("driver") is { } driver) DeviceNames.Driver(driver, "spec.deviceSelector.driver", causes);
            if (selector.Text("pool") is { } pool) DeviceNames.Pool(pool, "spec.deviceSelector.pool", causes);
            if (selector.Text("device") is { } device && Required(selector, "device", "spec.deviceSelector", causes) && Names.LabelError(device) is { } error)
                causes.Add(StatusCause.Invalid("spec.deviceSelector.device", Quote(device), error));
        }
        DeviceNames.Taint(spec.Object("taint") ?? [], "spec.taint", causes);
    }

    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>(base.ValidateStatusUpdate(old, updated));
        var status = updated.Object("status") ?? [];
        ConditionRules.Validate(status, "status", causes);
        AtMost(status.Array("conditions"), MaxConditions, "status.conditions", causes);
        return causes;
    }
}
