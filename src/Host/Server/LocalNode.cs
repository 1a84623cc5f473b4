using Slipway.Api;
using Slipway.Node;
using Slipway.Simulation;

namespace Slipway.Host.Server;

/// <summary>Reaches the agents in this process: that of the one real node, and those of simulated ones. They are made after the API server, which they need.</summary>
/// <param name="name">Name of the node.</param>
internal sealed class LocalNode(string name) : INodeTransport
{
    /// <summary>The agent, once there is one.</summary>
    public NodeAgent? Agent { get; set; }

    /// <summary>The simulated nodes; null where there are none.</summary>
    public SimulatedNodes? Simulated { get; set; }

    public ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation) =>
        node == name && Agent is { } agent ? agent.HandleAsync(request, cancellation)
        : Simulated?.Has(node) == true ? Simulated.HandleAsync(node, request, cancellation)
        : throw new IOException($"the node {node} does not run");
}
