using Slipway.Api;

namespace Slipway.Simulation;

/// <summary>A simulated node, and the API as its agent uses it: as <c>system:node:NAME</c>, with a node's rights alone.</summary>
/// <param name="Node">The node.</param>
/// <param name="Api">The API as the node.</param>
internal sealed record SimulatedAgent(FleetNode Node, IApi Api);
