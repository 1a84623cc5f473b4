using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.Scheduling;

/// <summary>Lets pods that do not say otherwise stay for five minutes on a node that is not ready or out of reach.</summary>
internal sealed class DefaultTolerationSeconds : AdmissionPlugin
{
    private const int Seconds = 300;
    private static readonly string[] Keys = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

    public override bool Mutates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) =>
        IsCore(type, "pods") && subresource.Length == 0 && (operation is Operation.Create or Operation.Update);

    public override ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        Complete(request.Object!);
        return ValueTask.CompletedTask;
    }

    /// <summary>Adds the tolerations that a pod lacks.</summary>
    public static void Complete(JsonObject pod)
    {
        var spec = pod.ObjectOrNew("spec");
        var given = spec.Objects("tolerations").ToArray();
        foreach (var key in Keys)
        {
            if (given.Any(t => Covers(t, key))) continue;
            if (spec.Array("tolerations") is not { } list) spec["tolerations"] = list = [];
            list.Add((JsonNode)new JsonObject { ["key"] = key, ["operator"] = "Exists", ["effect"] = "NoExecute", ["tolerationSeconds"] = Seconds });
        }
    }

    private static bool Covers(JsonObject toleration, string key)
    {
        var (own, effect) = (toleration.Text("key") ?? "", toleration.Text("effect") ?? "");
        return (own.Length == 0 || own == key) && (effect is "" or "NoExecute");
    }
}
