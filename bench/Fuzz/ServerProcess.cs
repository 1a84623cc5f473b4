using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Slipway.Bench.Fuzz;

/// <summary>What the server held at one time, after a full collection.</summary>
/// <param name="Heap">Managed bytes.</param>
/// <param name="Resident">Resident bytes.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Files">Open files.</param>
internal readonly record struct Held(long Heap, long Resident, int Threads, int Files);

/// <summary>The fuzzed server as a child of this program.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, IPEndPoint address) => (_process, Address) = (process, address);

    public IPEndPoint Address { get; }

    public bool HasEnded => _process.HasExited;

    public static async Task<ServerProcess> StartAsync(string directory)
    {
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["serve", directory]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the server did not start");
        return new(process, IPEndPoint.Parse(line));
    }

    public async Task<Held> MeasureAsync()
    {
        await _process.StandardInput.WriteLineAsync("measure");
        await _process.StandardInput.FlushAsync();
        var figures = (await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the server has ended")).Split(' ');
        if (bool.Parse(figures[4])) throw new InvalidOperationException("the controllers have ended");
        return new(Number(0), Number(1), (int)Number(2), (int)Number(3));

        long Number(int i) => long.Parse(figures[i], CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
