using System.IO.Pipelines;
using System.Text;
using Slipway.Api;

namespace Slipway.Node.Logs;

/// <summary>Where a container's log is, and whether more may be written to it.</summary>
/// <param name="File">Path of the log.</param>
/// <param name="IsGrowing">Whether the container still runs.</param>
internal sealed record LogSource(string File, Func<bool> IsGrowing);

/// <summary>Serves the logs of containers.</summary>
/// <param name="find">Finds the log of a pod's container, present or previous; refuses with an <see cref="ApiException"/>.</param>
internal sealed class ContainerLogs(Func<ObjectKey, string, bool, LogSource> find, TimeProvider clock)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    public async ValueTask<ApiResponse> OpenAsync(ObjectKey pod, string container, string query, CancellationToken cancellation)
    {
        LogOptions options;
        LogSource source;
        try
        {
            options = LogOptions.Parse(query, clock.GetUtcNow());
            source = find(pod, container, options.Previous);
        }
        catch (ApiException refusal)
        {
            return PlainText.Response(refusal.Code, refusal.Message);
        }
        await Task.CompletedTask;
        var pipe = new Pipe();
        _ = CopyAsync(source, options, pipe.Writer, cancellation);
        return new() { StatusCode = 200, ContentType = MediaTypes.Text, Stream = pipe.Reader.AsStream() };
    }

    // Ends when the log does, the reader has left, or the request is cancelled.
    private async Task CopyAsync(LogSource source, LogOptions options, PipeWriter writer, CancellationToken cancellation)
    {
        Exception? failure = null;
        try
        {
            var output = new LogOutput(writer, options);
            // A log that is rotated goes on in a file of the same name.
            for (var goesOn = true; goesOn && await OpenAsync(source, options, cancellation) is { } log; options = options with { TailLines = null })
            {
                await using (log)
                    goesOn = await CopyAsync(log, source, options, output, cancellation);
            }
        }
        catch (OperationCanceledException) { }
        catch (IOException error)
        {
            failure = error;
        }
        await writer.CompleteAsync(failure);
    }

    // The runtime makes the file a moment before the container runs.
    private async Task<FileStream?> OpenAsync(LogSource source, LogOptions options, CancellationToken cancellation)
    {
        while (!File.Exists(source.File))
        {
            if (!options.Follow || !source.IsGrowing())
                return null;
            await Task.Delay(Poll, clock, cancellation);
        }
        return new(source.File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <returns>Whether the log goes on in another file.</returns>
    private async Task<bool> CopyAsync(FileStream log, LogSource source, LogOptions options, LogOutput output, CancellationToken cancellation)
    {
        if (options.TailLines is { } lines)
            log.Position = TailStart(log, lines);
        var buffer = new byte[64 * 1024];
        var kept = 0;
        var place = PlaceOf(log);
        while (true)
        {
            // Asked before reading: what was written before it was put aside is then read after it.
            var isAside = options.Follow && PlaceOf(log) != place && File.Exists(source.File);
            // Asked before reading: what was written before the end is then read after it.
            var growing = options.Follow && source.IsGrowing();
            var read = await log.ReadAsync(buffer.AsMemory(kept), cancellation);
            if (read == 0)
            {
                if (isAside)
                    return true;
                if (!growing)
                    return false;
                await Task.Delay(Poll, clock, cancellation);
                continue;
            }
            var filled = kept + read;
            var start = 0;
            while (buffer.AsSpan(start, filled - start).IndexOf((byte)'\n') is >= 0 and var length)
            {
                if (CriLogLine.Parse(buffer.AsMemory(start, length)) is { } line && !output.Write(line))
                    return false;
                start += length + 1;
            }
            if (!await output.FlushAsync(cancellation))
                return false;
            kept = filled - start;
            buffer.AsSpan(start, kept).CopyTo(buffer);
            if (kept == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
        }
    }

    // The name under which the kernel has the open file now: another one once it has been renamed or removed.
    private static string? PlaceOf(FileStream log) => new FileInfo($"/proc/self/fd/{log.SafeFileHandle.DangerousGetHandle()}").LinkTarget;

    /// <summary>Where the last so many lines of a file begin.</summary>
    internal static long TailStart(Stream log, long lines)
    {
        if (lines == 0)
            return log.Length;
        var buffer = new byte[16 * 1024];
        var end = log.Length;
        var found = 0L;
        while (end > 0)
        {
            var size = (int)Math.Min(buffer.Length, end);
            log.Position = end - size;
            log.ReadExactly(buffer, 0, size);
            for (var i = size - 1; i >= 0; i--)
            {
                // The line's end at the very end of the file ends the last line; it begins none.
                if (buffer[i] == '\n' && end - size + i != log.Length - 1 && ++found == lines)
                    return end - size + i + 1;
            }
            end -= size;
        }
        return 0;
    }

    private sealed class LogOutput(PipeWriter writer, LogOptions options)
    {
        private long _left = options.LimitBytes ?? long.MaxValue;
        private bool _withinLine;

        /// <returns>Whether more may follow.</returns>
        public bool Write(CriLogLine line)
        {
            if (options.Since is { } since && line.Time < since)
                return true;
            if (options.Timestamps && !_withinLine && !Put(Encoding.ASCII.GetBytes(line.TimeText + " ")))
                return false;
            _withinLine = line.IsPartial;
            return Put(line.Content.Span) && (line.IsPartial || Put("\n"u8));
        }

        public async ValueTask<bool> FlushAsync(CancellationToken cancellation) => !(await writer.FlushAsync(cancellation)).IsCompleted;

        private bool Put(ReadOnlySpan<byte> bytes)
        {
            var size = (int)Math.Min(bytes.Length, _left);
            bytes[..size].CopyTo(writer.GetSpan(size));
            writer.Advance(size);
            _left -= size;
            return _left > 0;
        }
    }
}
