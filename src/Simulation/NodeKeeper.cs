using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Simulation;

/// <summary>
/// Keeps the Node objects and leases of simulated nodes. What is as it should be is not written; leases are renewed by a
/// quarter of the nodes every five seconds, many at a time, so that the store commits them together.
/// </summary>
internal sealed class NodeKeeper
{
    private const string LeaseNamespace = "kube-node-lease";
    private const int WritesAtOnce = 64;
    private const int Turns = 4;
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(5);

    private readonly IApi _api;
    private readonly IReadOnlyList<SimulatedAgent> _agents;
    private readonly string _version;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Informer<SimulatedNode> _nodes;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public NodeKeeper(IApi api, IReadOnlyList<SimulatedAgent> agents, string version, TimeProvider clock, ILogger log)
    {
        (_api, _agents, _version, _clock, _log) = (api, agents, version, clock, log);
        _nodes = new(api, Kinds.Nodes, new() { LabelSelector = SimulatedNode.Label }, clock, log);
    }

    /// <summary>Completes when all nodes are registered and Ready.</summary>
    public Task Ready => _ready.Task;

    public Task RunAsync(CancellationToken cancellation) => Loops.RunAsync([_nodes.RunAsync, KeepAllAsync], cancellation);

    private async Task KeepAllAsync(CancellationToken cancellation)
    {
        try
        {
            await _nodes.Synced.WaitAsync(cancellation);
            await RemoveSurplusAsync(cancellation);
            await ForEachAsync(_agents, RegisterAsync, cancellation);
            await ForEachAsync(_agents, RenewAsync, cancellation);
            _ready.TrySetResult();
            for (var turn = 0; ; turn++)
            {
                await Task.Delay(Turn, _clock, cancellation);
                await ForEachAsync(_agents.Where((agent, i) => i % Turns == turn % Turns && _nodes.Get(new("", agent.Node.Name)) is not null), KeepAsync, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Others say of the nodes that their state is unknown, until the next run.
        }
    }

    // Of an earlier run with more nodes, or with others.
    private async Task RemoveSurplusAsync(CancellationToken cancellation)
    {
        var wanted = _agents.Select(agent => agent.Node.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var node in _nodes.List().Where(node => !wanted.Contains(node.Metadata.Name)))
        {
            try
            {
                await _api.DeleteAsync(Kinds.Nodes, null, node.Metadata.Name, new() { Uid = node.Metadata.Uid }, cancellation);
            }
            catch (Exception e) when (e is ApiException or IOException)
            {
                _log.LogWarning("The node {Node}, which is not simulated any more, was not removed: {Reason}", node.Metadata.Name, e.Message);
            }
        }
    }

    private async Task RegisterAsync(SimulatedAgent agent, CancellationToken cancellation)
    {
        var known = _nodes.Get(new("", agent.Node.Name));
        if (known is null)
        {
            try
            {
                await agent.Api.SendForBodyAsync(new("POST", Kinds.Nodes.CollectionPath(null)) { Body = NodeDocuments.Node(agent.Node) }, cancellation);
            }
            catch (ApiException e) when (e is { Code: 409, Reason: "AlreadyExists" })
            {
                _log.LogDebug("Node {Node} is there already", agent.Node.Name);
            }
        }
        else if (!NodeDocuments.LabelsOf(agent.Node).All(label => known.Metadata.Labels?.TryGetValue(label.Key, out var value) == true && value == label.Value))
            await agent.Api.PatchAsync(Kinds.Nodes, null, agent.Node.Name, new JsonObject { ["metadata"] = new JsonObject { ["labels"] = NodeDocuments.Labels(agent.Node) } }, cancellation: cancellation);
        if (known is null || !NodeDocuments.IsCurrent(known, agent.Node))
            await ReportAsync(agent, cancellation);
    }

    private async Task KeepAsync(SimulatedAgent agent, CancellationToken cancellation)
    {
        // After a silence that was too long others say that the node's state is unknown, until it is told again.
        if (_nodes.Get(new("", agent.Node.Name)) is { } known && !NodeDocuments.IsCurrent(known, agent.Node))
            await ReportAsync(agent, cancellation);
        await RenewAsync(agent, cancellation);
    }

    private async Task ReportAsync(SimulatedAgent agent, CancellationToken cancellation) => await agent.Api.SendForBodyAsync(
        new("PATCH", $"{Kinds.Nodes.ObjectPath(null, agent.Node.Name)}/status") { Body = NodeDocuments.Status(agent.Node, _version, Now), ContentType = MediaTypes.StrategicMergePatch }, cancellation);

    private async Task RenewAsync(SimulatedAgent agent, CancellationToken cancellation)
    {
        var collection = $"/apis/coordination.k8s.io/v1/namespaces/{LeaseNamespace}/leases";
        var time = Now.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        await using var response = await agent.Api.SendAsync(
            new("PATCH", $"{collection}/{agent.Node.Name}") { Body = NodeDocuments.Renewal(time), ContentType = MediaTypes.MergePatch }, cancellation);
        if (response.StatusCode == 404)
            await agent.Api.SendForBodyAsync(new("POST", collection) { Body = NodeDocuments.Lease(agent.Node.Name, time) }, cancellation);
    }

    /// <summary>Does the same for many nodes. What fails is tried again after a second, until it is done.</summary>
    private async Task ForEachAsync(IEnumerable<SimulatedAgent> agents, Func<SimulatedAgent, CancellationToken, Task> act, CancellationToken cancellation) =>
        await Parallel.ForEachAsync(agents, new ParallelOptions { MaxDegreeOfParallelism = WritesAtOnce, CancellationToken = cancellation }, async (agent, cancelled) =>
        {
            while (true)
            {
                try
                {
                    await act(agent, cancelled);
                    return;
                }
                catch (ApiException e) when (e.Code == 404 && _ready.Task.IsCompleted)
                {
                    return; // deleted by somebody
                }
                catch (Exception e) when (e is ApiException or IOException)
                {
                    _log.LogWarning("The simulated node {Node} could not report and tries again: {Reason}", agent.Node.Name, e.Message);
                    await Task.Delay(TimeSpan.FromSeconds(1), _clock, cancelled);
                }
            }
        });

    private DateTime Now => _clock.GetUtcNow().UtcDateTime;
}
