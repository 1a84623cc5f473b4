using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Slipway.Api;

namespace Slipway.Flows;

/// <summary>What is to be brought to one store, some of it at the same time.</summary>
/// <param name="ns">Namespace of the store.</param>
/// <param name="store">Its name.</param>
/// <param name="outputs">Says what pods left.</param>
/// <param name="gate">The way to the store.</param>
/// <param name="wake">Called with the run of which something has arrived, or cannot now.</param>
/// <param name="clock">The clock of pauses.</param>
/// <param name="log">Where failures are told.</param>
internal sealed class StoreQueue(string ns, string store, AttemptOutputs outputs, StoreGate gate, Action<ObjectKey> wake, TimeProvider clock, ILogger log)
{
    private const int AtOnce = 8;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Channel<Upload> queue = Channel.CreateUnbounded<Upload>(); // bounded by the pods that there are
    private volatile string? trouble;

    /// <summary>Why nothing can be brought there now; null if that is not known.</summary>
    public string? Trouble => trouble;

    /// <summary>Brings what a pod left, in its turn.</summary>
    public void Add(Upload upload) => queue.Writer.TryWrite(upload);

    /// <summary>Works until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellation) =>
        Parallel.ForEachAsync(queue.Reader.ReadAllAsync(cancellation), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, BringAsync);

    private async ValueTask BringAsync(Upload upload, CancellationToken cancellation)
    {
        for (var pause = FirstPause; !upload.IsForgotten; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await gate.PlaceAsync(ns, store, await outputs.OfAsync(upload.Pod, cancellation), cancellation);
                trouble = null;
                upload.IsDone = true;
                wake(upload.Run);
                return;
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                // The boundary of the loop: whatever fails is tried again, ever more slowly, and told.
                if (e is not (IOException or ApiException))
                    log.LogError(e, "Artifact store {Namespace}/{Store} failed", ns, store);
                else if (trouble != e.Message)
                    log.LogWarning("Artifact store {Namespace}/{Store}: {Reason}", ns, store, e.Message);
                trouble = e.Message;
                wake(upload.Run);
            }

            await Task.Delay(pause, clock, cancellation);
        }
    }
}
