using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;
using Slipway.Golden;

namespace Slipway.Flows.Tests.Golden;

/// <summary>Brings a golden flow to its end on the real API server and controllers.</summary>
internal sealed class GoldenRun(FlowCluster flows, GoldenFlow golden)
{
    private bool IsSteered => golden.Steps is not null || golden.Awaited.Count > 0;

    /// <summary>Runs it; in which order its tasks are planned, where nobody steers, and what its runs come to.</summary>
    public async Task<string> ToEndAsync()
    {
        var text = new StringBuilder(IsSteered ? "" : await GoldenPlan.OfAsync(golden));
        foreach (var document in golden.Others.Where(d => (string?)d["kind"] != nameof(FlowBackfill)))
            await CreateAsync(document);
        foreach (var flow in golden.Flows)
            await CreateAsync(flow);
        await using var node = flows.Cluster.Run(EndPodsAsync);
        if (golden.Awaited.Count > 0)
            await ScheduledAsync();
        foreach (var document in golden.Others.Where(d => (string?)d["kind"] == nameof(FlowBackfill)))
        {
            await CreateAsync(document);
            var name = (string)document["metadata"]!["name"]!;
            await PassAsync(flows.Cluster.WaitAsync(FlowKinds.Backfills, "default", name, b => FlowPhase.IsFinal(b?.Status?.Phase)));
        }

        foreach (var document in golden.Runs)
        {
            await CreateAsync(document);
            if (golden.Steps is null)
                text.Append(await EndOfAsync(NameOf(document)));
            else
                await flows.RunAsync(NameOf(document), IsSettled); // so that they begin in their order
        }

        foreach (var step in golden.Steps ?? [])
            await DoAsync(step);
        foreach (var name in golden.Steps is null ? golden.Awaited : golden.Runs.Select(NameOf))
            text.Append(await EndOfAsync(name));
        return text.ToString();
    }

    private static string NameOf(JsonObject document) => (string)document["metadata"]!["name"]!;

    /// <summary>Whether a run does something, says what it waits for, or has ended.</summary>
    private static bool IsSettled(FlowRun run) => run.Status is { } status && (FlowPhase.IsFinal(status.Phase) || status.Message is not null || status.Counts?.Running > 0);

    private Task<T> PassAsync<T>(Task<T> awaited) => flows.Cluster.WhileTimePassesAsync(awaited, golden.Every);

    /// <summary>Waits until the controllers know of all schedules: their times count from then on.</summary>
    private async Task ScheduledAsync()
    {
        foreach (var flow in golden.Flows)
            await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", NameOf(flow), f => f?.Status?.Schedules is { Count: > 0 });
    }

    private async Task<string> EndOfAsync(string name)
    {
        var run = await PassAsync(flows.RunAsync(name, r => FlowPhase.IsFinal(r.Status?.Phase)));
        return GoldenText.Of(FlowKinds.Runs.ToDocument(run), flows.Ledger.Read.Attempts(run.Metadata.Uid).Select(AttemptJson.Attempt));
    }

    /// <summary>Changes a run when its status is as is said: texts by how they begin.</summary>
    private async Task DoAsync(JsonObject step)
    {
        var name = (string)step["run"]!;
        await PassAsync(flows.RunAsync(name, r => Is(FlowKinds.Runs.ToDocument(r)["status"], step["until"]!)));
        if (step["patch"] is { } patch)
            await SendAsync("PATCH", $"/apis/slipway.dev/v1alpha1/namespaces/default/flowruns/{name}", new JsonObject { ["spec"] = patch.DeepClone() }, MediaTypes.MergePatch);

        static bool Is(JsonNode? actual, JsonNode expected) => expected.GetValueKind() switch
        {
            JsonValueKind.Object => actual is JsonObject fields && expected.AsObject().All(e => Is(fields[e.Key], e.Value!)),
            JsonValueKind.String => ((string?)actual)?.StartsWith((string)expected!, StringComparison.Ordinal) == true,
            _ => JsonNode.DeepEquals(actual, expected),
        };
    }

    private Task CreateAsync(JsonObject document)
    {
        var (version, plural) = ((string)document["apiVersion"]!, (string)document["kind"]! switch { "PriorityClass" => "priorityclasses", var kind => $"{kind.ToLowerInvariant()}s" });
        return SendAsync("POST", $"/{(version == "v1" ? "api" : "apis")}/{version}/{(plural == "priorityclasses" ? "" : "namespaces/default/")}{plural}", document, MediaTypes.Json);
    }

    // As the controllers themselves: what they write of people is taken as it is.
    private async Task SendAsync(string method, string path, JsonObject document, string contentType) =>
        await flows.Cluster.As("system:serviceaccount:slipway-system:flows", ApiServer.UserInfo.Masters)
            .SendForBodyAsync(new(method, path) { Body = Encoding.UTF8.GetBytes(document.ToJsonString()), ContentType = contentType });

    /// <summary>Plays the node.</summary>
    private async Task EndPodsAsync(CancellationToken cancellation)
    {
        // The clock, which moves far, ends watches.
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await foreach (var change in flows.Api.WatchAsync(FlowKinds.Pods, "default", new WatchOptions { InitialEvents = true }, null, cancellation))
                {
                    if (change is { Object: { } pod, Type: not WatchEventType.Deleted })
                        await EndAsync(pod, cancellation);
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (ApiException e) when (e.Code == 410)
            {
                // So far that the watch is to begin anew.
            }
        }
    }

    private async Task EndAsync(V1Pod pod, CancellationToken cancellation)
    {
        foreach (var bound in await BoundWithAsync(pod, cancellation))
            await EndOneAsync(bound, cancellation);
    }

    /// <summary>The pods that a scheduler binds together with this one: of a gang all, once all are there.</summary>
    private async Task<IEnumerable<V1Pod>> BoundWithAsync(V1Pod pod, CancellationToken cancellation)
    {
        if (FlowNames.GangOf(pod) is not { } gang)
            return [pod];
        var members = await flows.Api.ListAsync(FlowKinds.Pods, "default", new ListOptions { LabelSelector = $"{FlowNames.GangLabel}={gang}" }, cancellation);
        return members.Items.Count < FlowNames.ReplicasOf(pod) ? [] : members.Items;
    }

    private async Task EndOneAsync(V1Pod pod, CancellationToken cancellation)
    {
        // One that is deleted and has no node has ended by that.
        if (pod.Status?.Phase is "Succeeded" or "Failed" || pod.Metadata.DeletionTimestamp is not null || await StatusAsync(pod, cancellation) is not { } status)
            return;
        try
        {
            await flows.StatusAsync(pod, status);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // A pod without a node is gone when it is deleted.
        }
    }

    /// <summary>How a pod ends; null if it does not, or is held up already.</summary>
    private async Task<JsonObject?> StatusAsync(V1Pod pod, CancellationToken cancellation)
    {
        if (PodIdentity.Of(pod) is not { } identity)
            return GoldenPod.Image;
        var end = golden.EndOf(pod.Metadata.Labels[FlowNames.RunLabel], identity);
        return GoldenPod.IsEndless(end) || pod.Status?.ContainerStatuses is { Count: > 0 } ? null
            : await GoldenPod.StatusAsync(pod, end, flows.Cluster.Clock.GetUtcNow(), content => flows.Store.WriteAsync(content, cancellation).AsTask());
    }
}
