namespace Slipway.Network;

/// <summary>Where a service is reached.</summary>
/// <param name="Address">An IPv4 address; empty for the addresses of the node.</param>
/// <param name="Protocol"><c>tcp</c>, <c>udp</c> or <c>sctp</c>.</param>
/// <param name="Port">The port.</param>
internal readonly record struct Frontend(string Address, string Protocol, int Port)
{
    public bool IsOfNode => Address.Length == 0;
}

/// <summary>Where a connection ends.</summary>
internal readonly record struct Backend(string Address, int Port);

/// <summary>What becomes of connections to a frontend.</summary>
/// <param name="Ends">Where they end, each with the same chance; with none of them they are refused.</param>
internal sealed record Backends(IReadOnlyList<Backend> Ends)
{
    /// <summary>Whether they leave with the node's address, so that answers come back by this node.</summary>
    public bool FromOutside { get; init; }

    /// <summary>How long a client stays with one end after its last connection, in seconds; null when it does not.</summary>
    public int? AffinitySeconds { get; init; }

    /// <summary>Whether connections are dropped and not refused: there are ends, but on other nodes.</summary>
    public bool OnOtherNodes { get; init; }

    /// <summary>Blocks of addresses that may connect; everybody when empty.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];
}
