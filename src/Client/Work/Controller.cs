using Microsoft.Extensions.Logging;
using Slipway.Api;

namespace Slipway.Client;

/// <summary>The loop that all controllers share: take a key, reconcile it, then forget it or add it again.</summary>
internal sealed class Controller(string name, IReconciler reconciler, int workers, WorkQueue<ObjectKey> queue, ILogger log)
{
    /// <summary>Works until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellation) => workers == ControllerHost.Unbounded
        ? Task.Run(() => WorkOnAllAsync(cancellation), CancellationToken.None)
        : Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(() => WorkAsync(cancellation), CancellationToken.None)));

    private async Task WorkAsync(CancellationToken cancellation)
    {
        while (await TakeAsync(cancellation) is { } key)
            await WorkAsync(key, cancellation);
    }

    private async Task WorkOnAllAsync(CancellationToken cancellation)
    {
        var working = new List<Task>();
        var crowded = 16;
        while (await TakeAsync(cancellation) is { } key)
        {
            // Looked through each time that it has doubled, what has ended costs the same for each key however much is under way.
            if (working.Count >= crowded)
            {
                working.RemoveAll(task => task.IsCompleted);
                crowded = 2 * Math.Max(8, working.Count);
            }
            if (WorkAsync(key, cancellation) is { IsCompleted: false } waits)
                working.Add(waits);
        }
        await Task.WhenAll(working);
    }

    private async Task<ObjectKey?> TakeAsync(CancellationToken cancellation)
    {
        try
        {
            return cancellation.IsCancellationRequested ? null : await queue.TakeAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task WorkAsync(ObjectKey key, CancellationToken cancellation)
    {
        try
        {
            var result = await reconciler.ReconcileAsync(key, cancellation);
            queue.Forget(key);
            if (result.Again is { } delay)
                queue.AddAfter(key, delay);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopping: the next start begins with all keys.
        }
        catch (ApiException e) when (e is { Code: 403, Causes: [{ Reason: "NamespaceTerminating" }, ..] })
        {
            // Nothing will be created there any more, and what is there goes.
            queue.Forget(key);
            log.LogDebug("{Controller} {Key}: {Reason}", name, key, e.Message);
        }
        catch (Exception e)
        {
            Retry(key, e);
        }
        finally
        {
            queue.Done(key);
        }
    }

    // The boundary of the loop: whatever else fails is tried again, for ever, ever more slowly.
    private void Retry(ObjectKey key, Exception e)
    {
        var delay = queue.AddFailed(key);
        switch (e)
        {
            case ApiException { Code: 409 or 404 }:
                // The cache was behind; the change that it lacks is on its way.
                log.LogDebug("{Controller} {Key}: {Reason}; again in {Delay}", name, key, e.Message, delay);
                break;
            case ApiException or IOException:
                log.LogWarning("{Controller} {Key}: {Reason}; again in {Delay}", name, key, e.Message, delay);
                break;
            default:
                log.LogError(e, "{Controller} {Key} failed; again in {Delay}", name, key, delay);
                break;
        }
    }
}
