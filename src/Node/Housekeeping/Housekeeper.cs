using Microsoft.Extensions.Logging;
using Slipway.Node.Devices;
using Slipway.Node.Pods;

namespace Slipway.Node.Housekeeping;

/// <summary>What the node looks after from time to time: drivers of devices, the logs of containers and the room that pods take.</summary>
/// <param name="workers">The workers of the node's pods.</param>
internal sealed class Housekeeper(Func<IEnumerable<PodWorker>> workers, PodOperations operations, LogRotation logs, StorageLimits storage, PressureRelief pressure, DeviceDrivers drivers, TimeSpan period, TimeProvider clock, ILogger log)
{
    /// <summary>Looks round until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var looking = Task.CompletedTask;
        while (true)
        {
            await Task.Delay(period, clock, cancellation);
            PodWorker[] all = [.. workers()];
            // A plugin takes its time to answer; nothing else waits for it.
            if (looking.IsCompleted)
            {
                await looking;
                looking = drivers.LookAsync(cancellation);
            }
            try
            {
                await pressure.LookAsync(all, cancellation);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                log.LogWarning("Looking after the node's room was interrupted: {Reason}", failure.Message);
            }
            foreach (var worker in all)
            {
                try
                {
                    await LookAfterAsync(worker, cancellation);
                }
                catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
                {
                    log.LogDebug("Looking after pod {Pod} was interrupted: {Reason}", worker.Key, failure.Message); // it is going away
                }
            }
        }
    }

    private async Task LookAfterAsync(PodWorker worker, CancellationToken cancellation)
    {
        var (pod, state) = (worker.Pod, worker.State);
        foreach (var record in state.Containers.Values.Where(c => c.Phase == ContainerPhase.Running))
            await logs.RotateAsync(record.Id, operations.LogFile(pod, record.Name, record.Restarts), cancellation);
        if (state.Failure is null && pod.Metadata.DeletionTimestamp is null && storage.Exceeded(pod, state) is { } message)
            worker.Post(new PodEvent.Evicted(message));
    }
}
