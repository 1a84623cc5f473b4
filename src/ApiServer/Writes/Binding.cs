using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Writes;

/// <summary>POST to <c>pods/NAME/binding</c>: gives a pod its node.</summary>
/// <remarks>
/// It changes what the rules of pods hold fixed, and nothing that came from a client besides: nothing of an <see cref="Update"/> but the
/// commit concerns it.
/// </remarks>
internal sealed class Binding(ObjectReader reader, Committer committer, AdmissionChain admission, TimeProvider clock)
{
    public async ValueTask<Reply> BindAsync(WriteContext context, CancellationToken cancellation)
    {
        var binding = RequestDocument.Read(context.Request);
        if (binding.Kind is not ("" or "Binding")) throw ApiException.BadRequest($"the body must be a Binding, not {binding.Kind}");
        if (binding.Name.Length > 0 && binding.Name != context.Path.Name) throw ApiException.BadRequest("name in URL does not match name in Binding object");
        binding = (await admission.AdmitAsync(context, Operation.Create, binding, null, cancellation))!;
        var target = binding.Object("target") ?? [];
        var node = target.Text("name") ?? "";
        if (node.Length == 0)
            throw ApiException.Invalid("", "Binding", context.Path.Name, [StatusCause.Required("target.name")]);
        if (target.Text("kind") is not (null or "" or "Node"))
            throw ApiException.Invalid("", "Binding", context.Path.Name, [StatusCause.NotSupported("target.kind", $"\"{target.Text("kind")}\"", ["Node", "<empty>"])]);

        await CommitAsync(context, node, binding, cancellation);
        return StatusBody.Success(201);
    }

    private async ValueTask CommitAsync(WriteContext context, string node, JsonObject binding, CancellationToken cancellation)
    {
        var path = context.Path;
        var item = await reader.FindAsync(context.Resource, path.Namespace, path.Name, null, cancellation);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var outcome = await committer.PutAsync(context, Bind(Committer.Parse(context.Resource, item), node, binding), item.Revision, cancellation);
            if (outcome.Committed) return;
            item = outcome.Object ?? throw context.NotFound(path.Name);
        }
    }

    private JsonObject Bind(JsonObject pod, string node, JsonObject binding)
    {
        if (binding.Uid.Length > 0 && binding.Uid != pod.Uid)
            throw Conflict($"Precondition failed: UID in precondition: {binding.Uid}, UID in object meta: {pod.Uid}");
        if (pod.IsBeingDeleted) throw Conflict($"pod {pod.Name} is being deleted, cannot be assigned to a host");
        var spec = pod.ObjectOrNew("spec");
        if (spec.Text("nodeName") is { Length: > 0 } bound) throw Conflict($"pod {pod.Name} is already assigned to node \"{bound}\"");
        if (spec.Array("schedulingGates") is { Count: > 0 }) throw Conflict($"pod {pod.Name} has non-empty .spec.schedulingGates");

        spec["nodeName"] = node;
        foreach (var (name, value) in binding.Annotations ?? []) pod.Metadata.ObjectOrNew("annotations")[name] = value?.DeepClone();
        var status = pod.ObjectOrNew("status");
        status.Remove("nominatedNodeName");   // the place that was kept for it has been taken
        SetScheduled(status);
        return pod;

        ApiException Conflict(string why) => ApiException.Conflict("", "pods/binding", pod.Name, why);
    }

    private void SetScheduled(JsonObject status)
    {
        var conditions = status.Array("conditions");
        if (conditions is null) status["conditions"] = conditions = [];
        foreach (var old in conditions.OfType<JsonObject>().Where(c => c.Text("type") == "PodScheduled").ToArray()) conditions.Remove(old);
        conditions.Add((JsonNode)new JsonObject
        {
            ["type"] = "PodScheduled",
            ["status"] = "True",
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = Meta.FormatTime(clock.GetUtcNow()),
        });
    }
}
