using Microsoft.Extensions.Logging;

namespace Slipway.Flows;

/// <summary>Files that come from the operator, whatever time it takes.</summary>
/// <param name="gateway">The way to it.</param>
/// <param name="clock">The clock of pauses between attempts.</param>
/// <param name="log">Where it says what it waits for.</param>
internal sealed class GatewayInputs(GatewayClient gateway, TimeProvider clock, ILogger log) : IInputSource
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    public async ValueTask<DirectoryManifest> DirectoryAsync(string sha256, CancellationToken cancellation) =>
        await AgainAsync(() => gateway.DirectoryAsync(sha256, cancellation), cancellation);

    public async ValueTask PlaceAsync(string sha256, string path, bool isExecutable, CancellationToken cancellation) => await AgainAsync(async () =>
    {
        await gateway.FetchAsync(sha256, path, isExecutable, cancellation);
        return true;
    }, cancellation);

    /// <summary>The result of a call that is made again while the operator is not reached.</summary>
    /// <exception cref="ArtifactRefusedException">The operator refuses, which trying again does not change.</exception>
    public async Task<T> AgainAsync<T>(Func<Task<T>> attempt, CancellationToken cancellation)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await attempt();
            }
            catch (IOException e) when (e is not ArtifactRefusedException)
            {
                log.LogWarning("Trying again: {Reason}", e.Message);
            }

            await Task.Delay(pause, clock, cancellation);
        }
    }
}
