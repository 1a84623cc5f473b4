using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Api;

namespace Slipway.Flows;

/// <summary>What an attempt wrote, as the ledger keeps it when the pod is gone.</summary>
/// <param name="Sha256">The artifact that holds it, compressed by gzip.</param>
/// <param name="Size">Bytes of the text.</param>
/// <param name="IsCut">Whether it is only the end.</param>
public sealed record LogRecord(string Sha256, long Size, bool IsCut);

/// <summary>Keeps the end of what attempts wrote, before their pods may go.</summary>
internal sealed class LogKeeper(IApi api, Ledger ledger, ArtifactStore store, ILogger log)
{
    /// <summary>The most that is kept of an attempt, in bytes.</summary>
    public const int SizeLimit = 1 << 20;

    private const int LineLimit = 20_000;

    /// <summary>Bytes for the line before the log of a replica.</summary>
    private const int HeadingRoom = 512;

    /// <summary>
    /// Keeps the log of an attempt that has ended, that of its steps first; that of replicas one after the other, each with a line before it. A log that
    /// cannot be read is let go: its pod must not stay for it.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="pods">The pods of the attempt.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task KeepAsync(RunRecord run, IReadOnlyList<V1Pod> pods, CancellationToken cancellation)
    {
        var started = pods.Where(p => AttemptReader.Termination(p) is not null).OrderBy(p => PodIdentity.Of(p)?.Replica).ToList();
        if (started.Count == 0 || PodIdentity.Of(started[0]) is not { } identity || ledger.Read.Log(run.Uid, identity.Path, identity.Attempt) is not null)
            return;
        var end = new LogEnd(SizeLimit);
        var isCut = false;
        foreach (var pod in started)
        {
            var part = identity.Replica is null ? end : new LogEnd((SizeLimit / started.Count) - HeadingRoom);
            if (!await ReadAsync(pod, part, cancellation))
                continue;
            isCut |= part.IsCut;
            if (part != end && part.Length > 0)
                await end.ReadAsync(new MemoryStream([.. Encoding.UTF8.GetBytes($"{PodIdentity.Of(pod)!.Label}:\n"), .. part.Content]), cancellation);
        }

        if (end.Length == 0)
            return;
        string sha256;
        try
        {
            sha256 = await store.WriteAsync(Compress(end.Content), cancellation);
        }
        catch (ArtifactStoreFullException e)
        {
            log.LogWarning("The log of pod {Pod} is not kept: {Reason}", started[0].Metadata.Name, e.Message);
            return;
        }

        await ledger.KeepAsync(run, identity.Path, identity.Attempt, new LogRecord(sha256, end.Length, isCut || end.IsCut), cancellation);
    }

    /// <summary>Reads the log of a pod; whether it could be read.</summary>
    private async Task<bool> ReadAsync(V1Pod pod, LogEnd end, CancellationToken cancellation)
    {
        try
        {
            foreach (var container in (pod.Spec.InitContainers ?? []).Select(c => c.Name).Where(FlowNames.IsStep).Append(FlowNames.Container))
            {
                // One line more than is kept tells whether there are more.
                var path = string.Create(CultureInfo.InvariantCulture, $"{FlowKinds.Pods.ObjectPath(pod.Metadata.NamespaceProperty, pod.Metadata.Name)}/log?container={container}&tailLines={LineLimit + 1}");
                await using var response = await api.SendAsync(new ApiRequest("GET", path) { Accept = "*/*" }, cancellation);
                if (response.IsSuccess) // what comes after a step that failed has never started
                    await end.ReadAsync(response.Stream ?? new MemoryStream(response.Body.ToArray()), LineLimit, cancellation);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or ApiException)
        {
            log.LogInformation("The log of pod {Pod} is not kept: {Reason}", pod.Metadata.Name, e.Message);
            return false;
        }
    }

    private static byte[] Compress(ReadOnlySpan<byte> text)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(text);
        return buffer.ToArray();
    }

    /// <summary>The last bytes of a stream, from a whole line on.</summary>
    internal sealed class LogEnd(int limit)
    {
        private readonly ArrayBufferWriter<byte> content = new(4096);
        private bool isTrimmed;
        private bool hasGap;

        public bool IsCut => IsTrimmed || hasGap;

        public int Length => Content.Length;

        public ReadOnlySpan<byte> Content
        {
            get
            {
                var all = content.WrittenSpan;
                if (all.Length > limit)
                    all = all[^limit..];
                return IsTrimmed && all.IndexOf((byte)'\n') is >= 0 and var line ? all[(line + 1)..] : all;
            }
        }

        /// <summary>Whether it may begin in the midst of a line.</summary>
        private bool IsTrimmed => isTrimmed || content.WrittenCount > limit;

        /// <summary>Adds what a stream has, on a line of its own.</summary>
        public Task ReadAsync(Stream source, CancellationToken cancellation) => ReadAsync(source, int.MaxValue, cancellation);

        /// <summary>The same.</summary>
        /// <param name="source">The stream.</param>
        /// <param name="lines">How many lines it may have: one that has more is only the end of something, and its first line is left out.</param>
        /// <param name="cancellation">Gives up.</param>
        public async Task ReadAsync(Stream source, int lines, CancellationToken cancellation)
        {
            var ended = 0;
            if (content.WrittenCount > 0 && content.WrittenSpan[^1] != (byte)'\n')
                content.Write("\n"u8);
            var start = content.WrittenCount;
            while (await source.ReadAsync(content.GetMemory(4096), cancellation) is > 0 and var count)
            {
                content.Advance(count);
                ended += content.WrittenSpan[^count..].Count((byte)'\n');
                if (content.WrittenCount <= 2 * limit)
                    continue;
                isTrimmed = true;
                start -= content.WrittenCount - limit;
                Become(content.WrittenSpan[^limit..].ToArray());
            }

            if (ended <= lines)
                return;
            hasGap = true;
            if (start >= 0) // if not, that line is gone already
                Become([.. content.WrittenSpan[..start], .. content.WrittenSpan[(start + content.WrittenSpan[start..].IndexOf((byte)'\n') + 1)..]]);
        }

        private void Become(byte[] all)
        {
            content.ResetWrittenCount();
            content.Write(all);
        }
    }
}
