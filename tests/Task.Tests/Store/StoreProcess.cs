using System.Collections.Concurrent;
using System.Diagnostics;
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
        return Task.FromResult<Stream>(new Streams(process));
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

    /// <summary>Both streams as one.</summary>
    private sealed class Streams(Process process) : Stream
    {
        private readonly Stream input = process.StandardInput.BaseStream, output = process.StandardOutput.BaseStream;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => output.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => input.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => input.FlushAsync(cancellationToken);

        public override void Flush() => input.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                Close(input);
                output.Dispose();
            }

            base.Dispose(disposing);
        }

        private static void Close(Stream stream)
        {
            try
            {
                stream.Dispose();
            }
            catch (IOException)
            {
                // It has ended before it read all.
            }
        }
    }
}
