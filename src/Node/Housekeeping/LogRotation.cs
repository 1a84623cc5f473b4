using System.Globalization;
using System.IO.Compression;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Slipway.Node.Cri;

namespace Slipway.Node.Housekeeping;

/// <summary>
/// Keeps the logs of containers small: one that has grown too large is put aside under the time of that, what was put
/// aside before is compressed, and the oldest go.
/// </summary>
/// <param name="maxBytes">Size from which on a log is put aside.</param>
/// <param name="maxFiles">How many files a container's log may have, the one that grows included; 2 at least.</param>
internal sealed class LogRotation(CriClient cri, long maxBytes, int maxFiles, TimeProvider clock, ILogger log)
{
    private const string Compressed = ".gz";
    private const string Unfinished = ".tmp";

    /// <summary>Puts a container's log aside if it is too large.</summary>
    public async Task RotateAsync(string containerId, string file, CancellationToken cancellation)
    {
        if (new FileInfo(file) is not { Exists: true } current || current.Length < maxBytes)
            return;
        var aside = string.Create(CultureInfo.InvariantCulture, $"{file}.{clock.GetUtcNow():yyyyMMdd-HHmmss}");
        if (File.Exists(aside) || File.Exists(aside + Compressed))
            return; // the clock was set back, or a second has not passed: next time
        try
        {
            var (delete, compress) = Plan(file, Directory.EnumerateFiles(Path.GetDirectoryName(file)!), maxFiles);
            foreach (var old in delete)
                File.Delete(old);
            foreach (var old in compress)
                await CompressAsync(old, cancellation);
            File.Move(file, aside);
            try
            {
                await cri.Runtime.ReopenContainerLogAsync(new() { ContainerId = containerId }, cancellationToken: cancellation);
            }
            catch (RpcException)
            {
                // The runtime still writes to the file that was moved, or nobody does any more.
                if (!File.Exists(file))
                    File.Move(aside, file);
                throw;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or RpcException && !cancellation.IsCancellationRequested)
        {
            log.LogWarning("The log {File} was not rotated: {Reason}", file, failure is RpcException rpc ? rpc.Status.Detail : failure.Message);
        }
    }

    /// <summary>What is deleted and what is compressed before a log is put aside, so that afterwards there are not too many.</summary>
    /// <param name="files">All files of the log's directory.</param>
    internal static (IReadOnlyList<string> Delete, IReadOnlyList<string> Compress) Plan(string file, IEnumerable<string> files, int maxFiles)
    {
        var aside = files.Where(f => f.StartsWith(file + ".", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        var unfinished = aside.Where(f => f.EndsWith(Unfinished, StringComparison.Ordinal)).ToList();
        var whole = aside.Except(unfinished).ToList();
        // One place is for the file that grows, one for that which is put aside now.
        var surplus = whole.Take(Math.Max(0, whole.Count - Math.Max(0, maxFiles - 2))).ToList();
        return ([.. unfinished, .. surplus], [.. whole.Except(surplus).Where(f => !f.EndsWith(Compressed, StringComparison.Ordinal))]);
    }

    private static async Task CompressAsync(string file, CancellationToken cancellation)
    {
        var unfinished = file + Unfinished;
        await using (var from = File.OpenRead(file))
        await using (var to = new GZipStream(File.Create(unfinished), CompressionLevel.Fastest))
            await from.CopyToAsync(to, cancellation);
        File.Move(unfinished, file + Compressed, overwrite: true);
        File.Delete(file);
    }
}
