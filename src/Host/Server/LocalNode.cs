using Slipway.Api;
using Slipway.Node;

namespace Slipway.Host.Server;

/// <summary>Reaches the agent of the one node in this process. The agent is made after the API server, which it needs.</summary>
/// <param name="name">Name of the node.</param>
internal sealed class LocalNode(string name) : INodeTransport
{
    /// <summary>The agent, once there is one.</summary>
    public NodeAgent? Agent { get; set; }

    public ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation) =>
        node == name && Agent is { } agent ? agent.HandleAsync(request, cancellation) : throw new IOException($"the node {node} does not run");
}
