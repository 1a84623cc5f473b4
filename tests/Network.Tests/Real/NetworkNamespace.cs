using System.Globalization;

namespace Slipway.Network.Real;

/// <summary>A network namespace of its own for one test, so that rules and interfaces touch nothing else of the machine.</summary>
internal sealed class NetworkNamespace : INftables, IAsyncDisposable
{
    public string Name { get; } = $"slipway-test-{Guid.NewGuid().ToString("n")[..8]}";

    public static async Task<NetworkNamespace> CreateAsync()
    {
        var made = new NetworkNamespace();
        (await ExternalProgram.RunAsync("ip", ["netns", "add", made.Name], null, CancellationToken.None)).OrThrow("make a network namespace (it needs root)");
        await made.RunAsync("ip", "link", "set", "lo", "up");
        return made;
    }

    /// <summary>Runs a program in the namespace; it must succeed.</summary>
    public async Task<string> RunAsync(params string[] command) =>
        (await ExternalProgram.RunAsync("ip", ["netns", "exec", Name, .. command], null, CancellationToken.None)).OrThrow(string.Join(' ', command));

    /// <summary>Runs a program in the namespace, whatever comes of it.</summary>
    public Task<ProgramResult> TryAsync(params string[] command) => ExternalProgram.RunAsync("ip", ["netns", "exec", Name, .. command], null, CancellationToken.None);

    public async Task ApplyAsync(string commands, CancellationToken cancellation) =>
        (await ExternalProgram.RunAsync("ip", ["netns", "exec", Name, "nft", "-f", "-"], commands, cancellation)).OrThrow(string.Create(CultureInfo.InvariantCulture, $"apply\n{commands}\n"));

    public async Task<bool> IsIntactAsync(CancellationToken cancellation) => (await TryAsync("nft", "list", "table", "ip", "slipway-demo")).ExitCode == 0;

    public async ValueTask DisposeAsync() =>
        (await ExternalProgram.RunAsync("ip", ["netns", "delete", Name], null, CancellationToken.None)).OrThrow("delete the network namespace");
}
