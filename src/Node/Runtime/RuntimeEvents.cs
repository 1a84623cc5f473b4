using Grpc.Core;
using Microsoft.Extensions.Logging;
using Slipway.Client;
using Slipway.Node.Cri;
using Slipway.Node.Pods;

namespace Slipway.Node.Runtime;

/// <summary>Takes containerd's events to the workers of the pods; after an interruption, what has ended meanwhile.</summary>
internal sealed class RuntimeEvents(CriClient cri, ContainerRegister register, TimeProvider clock, ILogger log)
{
    // Events can be lost without the stream ending (containerd drops them when its queue is full); rarely, and seldom looked for.
    private static readonly TimeSpan Check = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>Follows the events until cancelled, or until something fails that is not the runtime's absence.</summary>
    /// <param name="subscribed">Called when the first subscription has been sent.</param>
    /// <param name="adopted">Completes when all pods that existed at the start have their workers: what ended before belonged to nobody, and is looked for then.</param>
    /// <param name="cancellation">Ends it.</param>
    public Task RunAsync(Action subscribed, Task adopted, CancellationToken cancellation) =>
        Loops.RunAsync([end => FollowAsync(subscribed, end), end => CheckAsync(adopted, end)], cancellation);

    private async Task FollowAsync(Action subscribed, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                using var call = cri.Subscribe(cancellation);
                subscribed();
                await CatchUpAsync(cancellation);
                while (await call.ResponseStream.MoveNext(cancellation))
                    Take(call.ResponseStream.Current);
            }
            catch (Exception) when (cancellation.IsCancellationRequested)
            {
                break;
            }
            catch (RpcException failure)
            {
                log.LogWarning("The events of containerd are interrupted: {Reason}", failure.Status.Detail);
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Take(Envelope envelope)
    {
        switch (envelope.Topic)
        {
            // The exit of a process that was executed in a container has an id of its own.
            case TaskTopics.Exit when TaskExit.Parser.ParseFrom(envelope.Event.Value) is var exit && exit.Id == exit.ContainerId:
                if (register.TryFind(exit.ContainerId, out var worker, out _))
                    worker.PostExit(exit.ContainerId, (int)exit.ExitStatus, exit.ExitedAt?.ToDateTimeOffset() ?? clock.GetUtcNow());
                break;
            case TaskTopics.Oom when TaskOOM.Parser.ParseFrom(envelope.Event.Value) is var kill:
                if (register.TryFind(kill.ContainerId, out var owner, out var container))
                    owner.Post(new PodEvent.OutOfMemory(container, kill.ContainerId));
                break;
        }
    }

    /// <summary>Whether the end of a container that has ended is yet to be told to the worker that holds this record of it.</summary>
    /// <remarks>While a container starts, its record still has the ids of those before it; the worker keeps an early end until it hears of the start.</remarks>
    public static bool IsUntold(ContainerRecord record, string ended) => record.Phase switch
    {
        ContainerPhase.Running => record.Id == ended,
        ContainerPhase.Starting => record.Id != ended && record.PreviousId != ended,
        _ => false,
    };

    private async Task CheckAsync(Task adopted, CancellationToken cancellation)
    {
        try
        {
            await adopted.WaitAsync(cancellation);
            while (true)
            {
                var pause = Check;
                try
                {
                    await CatchUpAsync(cancellation);
                }
                catch (RpcException failure)
                {
                    log.LogDebug("Looking for ended containers failed: {Reason}", failure.Status.Detail);
                    pause = Retry;
                }
                await Task.Delay(pause, clock, cancellation);
            }
        }
        catch (Exception) when (cancellation.IsCancellationRequested) { }
    }

    private async Task CatchUpAsync(CancellationToken cancellation)
    {
        var containers = (await cri.Runtime.ListContainersAsync(new(), cancellationToken: cancellation)).Containers;
        foreach (var container in containers.Where(c => c.State is ContainerState.ContainerExited or ContainerState.ContainerUnknown))
        {
            if (!register.TryFind(container.Id, out var worker, out var name) || !IsUntold(worker.State.Container(name), container.Id))
                continue;
            var status = (await cri.Runtime.ContainerStatusAsync(new() { ContainerId = container.Id }, cancellationToken: cancellation)).Status;
            if (status.Reason == "OOMKilled")
                worker.Post(new PodEvent.OutOfMemory(name, container.Id));
            worker.PostExit(container.Id, status.ExitCode, CriTime.From(status.FinishedAt));
        }
        var sandboxes = (await cri.Runtime.ListPodSandboxAsync(new(), cancellationToken: cancellation)).Items;
        foreach (var sandbox in sandboxes.Where(s => s.State == PodSandboxState.SandboxNotready))
            if (register.TryFind(sandbox.Id, out var worker, out _))
                worker.PostExit(sandbox.Id, 0, clock.GetUtcNow());
    }
}
