using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;
using Slipway.Golden;

namespace Slipway.Flows.Tests.Golden;

/// <summary>Every golden flow, on the real API server and controllers, with pods that a script ends.</summary>
public sealed class GoldenFlowTests(GoldenFlowTests.Fixture fixture) : IClassFixture<GoldenFlowTests.Fixture>
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly FlowCluster flows = fixture.Flows;

    /// <summary>One cluster for all: each flow has names of its own.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        internal FlowCluster Flows { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Flows = await FlowCluster.StartAsync();

        public ValueTask DisposeAsync() => Flows.DisposeAsync();
    }

    public static TheoryData<string> Names => [.. GoldenFlow.Names];

    [Fact]
    public void There_are_forty() => Assert.True(GoldenFlow.Names.Count() >= 40);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_flow_is_planned_and_recorded_as_expected(string name)
    {
        var golden = GoldenFlow.Read(name);
        var text = new StringBuilder(await GoldenPlan.OfAsync(golden));
        foreach (var document in golden.Others)
            await CreateAsync(document);
        foreach (var flow in golden.Flows)
            await CreateAsync(flow);
        await using var node = flows.Cluster.Run(c => EndPodsAsync(golden, c));
        foreach (var document in golden.Runs)
        {
            await CreateAsync(document);
            var run = await flows.Cluster.WhileTimePassesAsync(flows.RunAsync((string)document["metadata"]!["name"]!, r => FlowPhase.IsFinal(r.Status?.Phase)), Step);
            text.Append(GoldenText.Of(FlowKinds.Runs.ToDocument(run), flows.Ledger.Read.Attempts(run.Metadata.Uid).Select(AttemptJson.Attempt)));
        }

        golden.Expect(text.ToString());
    }

    [Fact]
    public void What_the_documentation_refers_to_is_there_and_runs_where_it_says()
    {
        var documentation = GoldenFlow.Documentation;
        foreach (Match reference in Regex.Matches(documentation, @"Golden/([a-z-]+)\.yaml\)( ●)?"))
        {
            Assert.Contains(reference.Groups[1].Value, GoldenFlow.Names);
            Assert.Equal(reference.Groups[2].Success, GoldenFlow.Read(reference.Groups[1].Value).IsReal);
        }
    }

    private Task<JsonObject> CreateAsync(JsonObject document)
    {
        var (version, plural) = ((string)document["apiVersion"]!, (string)document["kind"]! switch { "PriorityClass" => "priorityclasses", var kind => $"{kind.ToLowerInvariant()}s" });
        return flows.Cluster.CreateAsync($"/{(version == "v1" ? "api" : "apis")}/{version}/{(plural == "priorityclasses" ? "" : "namespaces/default/")}{plural}", document.ToJsonString());
    }

    /// <summary>Plays the node.</summary>
    private async Task EndPodsAsync(GoldenFlow golden, CancellationToken cancellation)
    {
        // The clock, which moves far, ends watches.
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await foreach (var change in flows.Api.WatchAsync(FlowKinds.Pods, "default", new WatchOptions { InitialEvents = true }, null, cancellation))
                {
                    if (change is { Object: { Status.Phase: not ("Succeeded" or "Failed") } pod, Type: not WatchEventType.Deleted })
                        await EndAsync(golden, pod, cancellation);
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task EndAsync(GoldenFlow golden, V1Pod pod, CancellationToken cancellation)
    {
        // One that is deleted and has no node has ended by that.
        if (pod.Metadata.DeletionTimestamp is not null || await StatusAsync(golden, pod, cancellation) is not { } status)
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
    private async Task<JsonObject?> StatusAsync(GoldenFlow golden, V1Pod pod, CancellationToken cancellation)
    {
        if (PodIdentity.Of(pod) is not { } identity)
            return GoldenPod.Image;
        var end = golden.EndOf(pod.Metadata.Labels[FlowNames.RunLabel], identity);
        return GoldenPod.IsEndless(end) || pod.Status?.ContainerStatuses is { Count: > 0 } ? null
            : await GoldenPod.StatusAsync(pod, end, flows.Cluster.Clock.GetUtcNow(), content => flows.Store.WriteAsync(content, cancellation).AsTask());
    }
}
