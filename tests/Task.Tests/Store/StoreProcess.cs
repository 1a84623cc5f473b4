using System.Collections.Concurrent;
using System.Diagnostics;
using Slipway.Client;
using Slipway.Flows;

namespace Slipway.Wrapper.Tests.Store;

/// <summary><c>slipway-task store</c> as child processes over a directory, in place of pods.</summary>
/// <param name="directory">The directory.</param>
internal sealed class StoreProcess(string directory) : IStoreProgram, IDisposable
{
    private readonly ConcurrentBag<Process> processes = [];
    private volatile ArtifactPlaceException? trouble;

    /// <summary>How often the program was started.</summary>
    public int Starts => processes.Count;

    /// <summary>How often nobody needed it any more.</summary>
    public int Rests { get; private set; }

    /// <summary>What keeps it from running.</summary>
    public ArtifactPlaceException? Trouble
    {
        get => trouble;
        set => trouble = value;
    }

    public Task<Stream> OpenAsync(CancellationToken cancellation)
    {
        if (trouble is { } now)
            throw now;
        var process = Process.Start(new ProcessStartInfo(WrapperProcess.Executable, ["store", directory]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        processes.Add(process);
        return Task.FromResult<Stream>(new DuplexStream(process.StandardOutput.BaseStream, process.StandardInput.BaseStream));
    }

    public Task RestAsync(CancellationToken cancellation)
    {
        Rests++;
        return trouble is { } now ? Task.FromException(now) : Task.CompletedTask;
    }

    /// <summary>Ends all of them as a lost node does.</summary>
    public async Task KillAsync()
    {
        foreach (var process in processes)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    public void Dispose()
    {
        foreach (var process in processes)
        {
            if (!process.HasExited)
                process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
