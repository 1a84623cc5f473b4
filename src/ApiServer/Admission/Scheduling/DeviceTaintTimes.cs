using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.Scheduling;

/// <summary>
/// Notes since when devices are tainted, which tolerations for a time count from
/// (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#device-taints-and-tolerations"/>).
/// </summary>
internal sealed class DeviceTaintTimes(TimeProvider clock) : AdmissionPlugin
{
    private const string Added = "timeAdded";

    public override bool Mutates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) =>
        type is { Group: "resource.k8s.io", Plural: "devicetaintrules" or "resourceslices" } && subresource.Length == 0 && operation is Operation.Create or Operation.Update;

    public override ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        Complete(request.Object!, request.OldObject, clock.GetUtcNow());
        return ValueTask.CompletedTask;
    }

    /// <summary>Adds the time to each taint of a rule or a slice that has none. A rule's starts anew with another effect, unless it says which.</summary>
    public static void Complete(JsonObject document, JsonObject? old, DateTimeOffset now)
    {
        var time = Meta.FormatTime(now);
        if (document.Object("spec")?.Object("taint") is { } taint)
        {
            var before = old?.Object("spec")?.Object("taint");
            if (taint.Text(Added) is not { } given || (before is not null && given == before.Text(Added) && taint.Text("effect") != before.Text("effect")))
                taint[Added] = time;
        }
        foreach (var device in document.Object("spec")?.Objects("devices") ?? [])
            foreach (var own in device.Objects("taints"))
                if (own.Text(Added) is null)
                    own[Added] = time;
    }
}
