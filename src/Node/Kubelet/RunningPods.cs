using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Node.Cri;
using Slipway.Node.Pods;

namespace Slipway.Node.Kubelet;

/// <summary>Answers <c>/runningpods</c>: the pods that the runtime has, whatever the API knows of them, as the kubelet tells them.</summary>
internal static class RunningPods
{
    public static async Task<ApiResponse> AnswerAsync(CriClient cri, CancellationToken cancellation)
    {
        var sandboxes = (await cri.Runtime.ListPodSandboxAsync(new() { Filter = new() { State = new() { State = PodSandboxState.SandboxReady } } }, cancellationToken: cancellation)).Items;
        var containers = (await cri.Runtime.ListContainersAsync(new() { Filter = new() { State = new() { State = ContainerState.ContainerRunning } } }, cancellationToken: cancellation)).Containers;
        return new() { StatusCode = 200, Body = Encoding.UTF8.GetBytes(Of(sandboxes, containers).ToJsonString()) };
    }

    /// <summary>The list of pods that sandboxes and their containers are.</summary>
    internal static JsonObject Of(IEnumerable<PodSandbox> sandboxes, IReadOnlyCollection<Container> containers) => new()
    {
        ["kind"] = "PodList",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["items"] = new JsonArray([.. sandboxes.Select(sandbox => PodOf(sandbox, containers.Where(container => container.PodSandboxId == sandbox.Id)))]),
    };

    private static JsonObject PodOf(PodSandbox sandbox, IEnumerable<Container> containers) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["name"] = sandbox.Metadata.Name,
            ["namespace"] = sandbox.Metadata.Namespace,
            ["uid"] = sandbox.Labels.TryGetValue(SandboxSetup.UidLabel, out var uid) ? uid : sandbox.Metadata.Uid,
        },
        ["spec"] = new JsonObject
        {
            ["containers"] = new JsonArray([.. containers.OrderBy(container => container.Metadata.Name, StringComparer.Ordinal).Select(container => (JsonNode)new JsonObject
            {
                ["name"] = container.Metadata.Name,
                ["image"] = container.Image.Image,
                ["resources"] = new JsonObject(),
            })]),
        },
        ["status"] = new JsonObject(),
    };
}
