namespace Slipway.Network;

/// <summary>Applies commands to nftables: all of a text, or none.</summary>
internal interface INftables
{
    /// <summary>Applies commands in one transaction.</summary>
    /// <exception cref="ExternalProgramException">They were refused; nothing has changed.</exception>
    Task ApplyAsync(string commands, CancellationToken cancellation);

    /// <summary>Whether the cluster's table is still there: others may flush all rules.</summary>
    Task<bool> IsIntactAsync(CancellationToken cancellation);
}

/// <summary>nftables of this machine.</summary>
internal sealed class Nftables(ClusterNetwork network) : INftables
{
    public async Task ApplyAsync(string commands, CancellationToken cancellation) =>
        (await ExternalProgram.RunAsync("nft", ["-f", "-"], commands, cancellation)).OrThrow("change the nftables rules of the cluster");

    public async Task<bool> IsIntactAsync(CancellationToken cancellation) =>
        (await ExternalProgram.RunAsync("nft", ["list", "chain", "ip", network.Table, "prerouting"], null, cancellation)).ExitCode == 0
        && (await ExternalProgram.RunAsync("nft", ["list", "chain", "bridge", network.Table, "prerouting"], null, cancellation)).ExitCode == 0;
}
