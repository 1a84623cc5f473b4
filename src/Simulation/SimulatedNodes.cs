using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Simulation;

/// <summary>
/// Nodes whose pods live without containers, as many as a cluster is to be tried with. All of them share one watch of pods, one of
/// nodes, and one agenda; each writes under its own name.
/// </summary>
public sealed class SimulatedNodes
{
    /// <summary>Most nodes that can be simulated at once.</summary>
    public const int Most = 50_000;

    private readonly Dictionary<string, SimulatedAgent> _agents;
    private readonly NodeKeeper _nodes;
    private readonly PodKeeper _pods;
    private readonly ControllerHost _storage;
    private readonly SimulatedStatistics _statistics;

    /// <param name="api">The API for what nodes may not do: watching all pods, removing nodes that are no more simulated, and making volumes.</param>
    /// <param name="apiOf">The API as the node of a name, <c>system:node:NAME</c>.</param>
    /// <param name="plan">What the nodes are like, and how pods live on them.</param>
    /// <param name="count">How many nodes: 0 to <see cref="Most"/>.</param>
    /// <param name="version">Version told as <c>kubeletVersion</c>.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logs">Where they report.</param>
    public SimulatedNodes(IApi api, Func<string, IApi> apiOf, SimulationPlan plan, int count, string version, TimeProvider clock, ILoggerFactory logs)
    {
        var log = logs.CreateLogger<SimulatedNodes>();
        SimulatedAgent[] agents = [.. Fleet.Of(plan, count).Select(node => new SimulatedAgent(node, apiOf(node.Name)))];
        _agents = agents.ToDictionary(agent => agent.Node.Name, StringComparer.Ordinal);
        _nodes = new(api, agents, version, clock, log);
        _pods = new(api, name => _agents.GetValueOrDefault(name), plan, clock, log);
        _storage = new(api, clock, logs);
        ClaimKeeper.Register(_storage, Has);
        _statistics = new(plan, clock);
    }

    /// <summary>Completes when all nodes are registered and Ready.</summary>
    public Task Ready => _nodes.Ready;

    /// <summary>Whether a node is one of these.</summary>
    public bool Has(string node) => _agents.ContainsKey(node);

    /// <summary>Simulates until cancelled, or until one of its loops fails, which ends all. The next run goes on where this one ended.</summary>
    public Task RunAsync(CancellationToken cancellation) => Loops.RunAsync([_nodes.RunAsync, _pods.RunAsync, _storage.RunAsync], cancellation);

    /// <summary>Answers for a node's agent: <c>/stats/summary</c> and <c>/healthz</c>; pods that do not run have neither logs nor streams.</summary>
    /// <exception cref="IOException">The node is not one of these.</exception>
    public async ValueTask<ApiResponse> HandleAsync(string node, ApiRequest request, CancellationToken cancellation)
    {
        var agent = _agents.GetValueOrDefault(node) ?? throw new IOException($"the node {node} is not simulated here");
        return request.PathAndQuery.Split('?')[0] switch
        {
            "/healthz" => Text(200, "ok"),
            "/stats/summary" => new() { StatusCode = 200, Body = await _statistics.SummaryAsync(agent, cancellation) },
            _ => Text(501, $"the node {node} is simulated: its pods have no containers, and so no logs, commands or ports"),
        };
    }

    private static ApiResponse Text(int code, string text) => new() { StatusCode = code, ContentType = MediaTypes.Text, Body = System.Text.Encoding.UTF8.GetBytes(text) };
}
