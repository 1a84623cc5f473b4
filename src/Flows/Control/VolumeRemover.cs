using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Removes the volumes of a run that go with its end, and the pods that mount them: a claim stays while there is a pod of it, ended or not.</summary>
internal sealed class VolumeRemover(IApi api)
{
    /// <summary>Does so once nothing of the pods is needed any more: all are recorded and let go.</summary>
    public async ValueTask RemoveAsync(FlowRun run, IReadOnlyCollection<V1Pod> pods, CancellationToken cancellation)
    {
        if (!FlowPhase.IsFinal(run.Status?.Phase) || run.Status?.Flow is null || !RunVolume.AnyGoesAtEnd(RunStarter.DefinitionOf(run))
            || pods.Any(p => p.Metadata.Finalizers?.Contains(FlowNames.RecordedFinalizer) == true))
        {
            return;
        }

        var selected = new ListOptions { LabelSelector = $"{FlowNames.RunLabel}={run.Metadata.Name},{FlowNames.KeepLabel}={VolumeKeep.UntilEnd}" };
        var claims = (await api.ListAsync(FlowKinds.Claims, run.Metadata.NamespaceProperty, selected, cancellation)).Items
            .Where(c => RunVolume.GoesAtEnd(c, run.Metadata.Uid)).ToList();
        var names = claims.Select(c => c.Metadata.Name).ToHashSet();
        foreach (var pod in pods.Where(p => p.Metadata.DeletionTimestamp is null && p.Spec.Volumes?.Any(v => v.PersistentVolumeClaim is { } used && names.Contains(used.ClaimName)) == true))
            await api.DeleteAsync(FlowKinds.Pods, pod.Metadata.NamespaceProperty, pod.Metadata.Name, new DeleteOptions { Uid = pod.Metadata.Uid }, cancellation);
        foreach (var claim in claims.Where(c => c.Metadata.DeletionTimestamp is null))
            await api.DeleteAsync(FlowKinds.Claims, claim.Metadata.NamespaceProperty, claim.Metadata.Name, new DeleteOptions { Uid = claim.Metadata.Uid }, cancellation);
    }
}
