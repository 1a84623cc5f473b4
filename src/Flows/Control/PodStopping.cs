using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Ends pods that a run has no use for any more.</summary>
internal static class PodStopping
{
    /// <summary>How many are ended at the same time.</summary>
    private const int AtOnce = 16;

    /// <summary>Deletes pods, after why is written on them for the records of their attempts.</summary>
    /// <param name="api">The API.</param>
    /// <param name="pods">The pods.</param>
    /// <param name="cancellation">Gives up.</param>
    public static Task EndAsync(IApi api, IEnumerable<PodToEnd> pods, CancellationToken cancellation) =>
        Parallel.ForEachAsync(pods, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (end, token) =>
        {
            var pod = end.Pod;
            if (end.Note is { } note)
                await NoteAsync(api, pod, note, end.IsSuccess, token);
            await api.DeleteAsync(FlowKinds.Pods, pod.Metadata.NamespaceProperty, pod.Metadata.Name, new DeleteOptions { Uid = pod.Metadata.Uid }, token);
        });

    // What is ended already keeps what it says.
    private static async ValueTask NoteAsync(IApi api, V1Pod pod, string note, bool isSuccess, CancellationToken cancellation)
    {
        if (pod.Metadata.Annotations?.ContainsKey(FlowNames.StopAnnotation) == true)
            return;
        try
        {
            var metadata = new JsonObject { ["uid"] = pod.Metadata.Uid, ["annotations"] = new JsonObject { [FlowNames.StopAnnotation] = note } };
            await api.SendPatchAsync(FlowKinds.Pods, pod.Metadata.NamespaceProperty, pod.Metadata.Name, new JsonObject { ["metadata"] = metadata }, cancellation: cancellation);
        }
        catch (ApiException e) when (!isSuccess || e.Code is 400 or 403 or 404 or 409 or 422)
        {
            // It is gone, another one has its name, or a policy or rights refuse it, for good: then the record does not say why, but the pod ends.
        }
    }
}
