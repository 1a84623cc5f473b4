using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.Nodes;

/// <summary>
/// Keeps pods away from a new node until it has said that it is ready
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#taintnodesbycondition"/>).
/// </summary>
internal sealed class TaintNodesByCondition : AdmissionPlugin
{
    private const string NotReady = "node.kubernetes.io/not-ready", NoSchedule = "NoSchedule";

    public override bool Mutates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) =>
        IsCore(type, "nodes") && subresource.Length == 0 && operation == Operation.Create;

    public override ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        Complete(request.Object!);
        return ValueTask.CompletedTask;
    }

    /// <summary>Adds the taint to a node that lacks it.</summary>
    public static void Complete(JsonObject node)
    {
        var spec = node.ObjectOrNew("spec");
        if (spec.Objects("taints").Any(static taint => taint.Text("key") == NotReady && taint.Text("effect") == NoSchedule)) return;
        if (spec.Array("taints") is not { } taints) spec["taints"] = taints = [];
        taints.Add((JsonNode)new JsonObject { ["key"] = NotReady, ["effect"] = NoSchedule });
    }
}
