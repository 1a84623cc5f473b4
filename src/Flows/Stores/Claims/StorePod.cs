using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>
/// Reaches the volume of a claim through a pod of the store, with nothing but the Kubernetes API: bytes go through the pod's <c>exec</c>. The pod is made when it is
/// needed, and put back when it is lost.
/// </summary>
/// <param name="api">The API.</param>
/// <param name="claim">The volume.</param>
/// <param name="image">What the pod runs.</param>
/// <param name="clock">The clock of waiting.</param>
public sealed class StorePod(Func<IApi> api, ClaimOptions claim, StoreImage image, TimeProvider clock) : IStoreProgram
{
    /// <summary>How long the pod is waited for before it is said what keeps it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(250);

    private readonly Lock starting = new();
    private Task? start;

    /// <summary>How the volumes of claims are reached.</summary>
    /// <param name="api">The API, asked for with the first claim.</param>
    /// <param name="image">What pods run.</param>
    /// <param name="clock">The clock of waiting, and of being idle.</param>
    public static Func<ClaimOptions, IArtifactPlace> Reach(Func<IApi> api, StoreImage image, TimeProvider clock) =>
        claim => new ClaimPlace(new StorePod(api, claim, image, clock), $"{claim}", clock);

    /// <inheritdoc/>
    public async Task<Stream> OpenAsync(CancellationToken cancellation)
    {
        await StartAsync().WaitAsync(cancellation);
        var pod = StorePodTemplate.NameOf(claim);
        try
        {
            return await api().ExecAsync(claim.Namespace, pod, StorePodTemplate.Container, StorePodTemplate.Command(claim, image), cancellation);
        }
        catch (ApiException e) when (e.Code == 403)
        {
            throw Fault(ArtifactPlaceFault.NotAllowed, $"commands in pod {pod} may not be run ({e.Message}); bind a Role with create and get on pods/exec of the namespace to whom runs the flows", e);
        }
        catch (ApiException e)
        {
            throw Fault(ArtifactPlaceFault.Unreachable, $"commands in pod {pod} cannot be run: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public Task RestAsync(CancellationToken cancellation) => AllowedAsync(async () =>
    {
        var (volume, pod) = await LookAsync(cancellation);
        if (pod is { Metadata.DeletionTimestamp: null } && StorePodTemplate.Owns(claim, pod))
            await DeleteAsync(pod, isNow: false, cancellation);
        if (StorePodDecision.OfClaim(claim, volume) is { } lack)
            throw Fault(lack.Fault, lack.Message);
    });

    /// <summary>Waits until the pod runs: once, however many wait for it.</summary>
    private Task StartAsync()
    {
        lock (starting)
            return start is { IsCompleted: false } ? start : start = Task.Run(() => AllowedAsync(RunAsync));
    }

    private async Task RunAsync()
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            var (volume, pod) = await LookAsync(CancellationToken.None);
            var decision = StorePodDecision.Of(claim, volume, pod, clock.GetUtcNow());
            if (decision.Step == StorePodStep.Use)
                return;
            if (decision.Step == StorePodStep.Create)
                await api().CreateIfAbsentAsync(FlowKinds.Pods, StorePodTemplate.Of(claim, image));
            if (decision.Step is StorePodStep.Delete or StorePodStep.DeleteNow)
                await DeleteAsync(pod!, decision.Step == StorePodStep.DeleteNow, CancellationToken.None);
            if (decision.Step == StorePodStep.Refuse || decision.Fault == ArtifactPlaceFault.NoClaim || (decision.Step != StorePodStep.Create && clock.GetElapsedTime(began) >= Patience)) // of what is made just now nothing is known yet
                throw Fault(decision.Fault, decision.Message);
            await Task.Delay(LookPeriod, clock);
        }
    }

    private async Task<(V1PersistentVolumeClaim? Volume, V1Pod? Pod)> LookAsync(CancellationToken cancellation) =>
        (await api().GetAsync(FlowKinds.Claims, claim.Namespace, claim.Claim, cancellation), await api().GetAsync(FlowKinds.Pods, claim.Namespace, StorePodTemplate.NameOf(claim), cancellation));

    private async Task DeleteAsync(V1Pod pod, bool isNow, CancellationToken cancellation)
    {
        var options = new DeleteOptions { GracePeriodSeconds = isNow ? 0 : null, Uid = pod.Metadata.Uid };
        try
        {
            await api().DeleteAsync(FlowKinds.Pods, claim.Namespace, pod.Metadata.Name, options, cancellation);
        }
        catch (ApiException e) when (e.Code == 409)
        {
            // Another pod has the name by now.
        }
    }

    private async Task AllowedAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (ApiException e)
        {
            throw Fault(e.Code == 403 ? ArtifactPlaceFault.NotAllowed : ArtifactPlaceFault.Unreachable, $"its pod cannot be had: {e.Message}", e);
        }
    }

    private ArtifactPlaceException Fault(ArtifactPlaceFault fault, string what, Exception? inner = null) => new(fault, $"{claim}: {what}", inner);
}
