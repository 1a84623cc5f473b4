using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Runs pods until a Job has had the successes that it asks for, or may fail no more.</summary>
internal sealed class JobController(Informer<JobView> jobs, OwnedObjects<PodView> pods, InformerIndex<PodView> podsByJob, IApi api, EventRecorder events, TimeProvider clock) : IReconciler
{
    private const int CreatedAtOnce = 16;
    private static readonly TimeSpan CachePatience = TimeSpan.FromMilliseconds(100);

    private readonly Written<JobView> _written = new();

    public static void Register(ControllerHost host)
    {
        var jobs = host.Informer(Kinds.Jobs);
        var pods = host.Informer(Kinds.Pods);
        var podsByJob = pods.AddIndex(pod => JobNameOf(pod) is { } name ? [$"{pod.Metadata.NamespaceProperty}/{name}"] : []);
        var owned = new OwnedObjects<PodView>(pods, host.Api);
        host.Add("job", new JobController(jobs, owned, podsByJob, host.Api, host.Events("job-controller"), host.Clock), workers: 4)
            .For(jobs)
            .Watches(pods, change => new[] { change.New, change.Old }
                .Select(pod => pod is null ? null : JobNameOf(pod)).OfType<string>().Distinct()
                .Select(name => new ObjectKey(change.Key.Namespace, name)));
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        var job = _written.Newest(key, jobs);
        var related = pods.Find(podsByJob, key.ToString(), pod => pod.Controller?.Name == key.Name && pod.Metadata.NamespaceProperty == key.Namespace);
        if (job is null || job.Metadata.DeletionTimestamp is not null)
        {
            // Nobody counts them any more, so nothing may hold them.
            _written.Remove(key);
            await Task.WhenAll(related.Where(pod => pod.IsTracked && (job is null || IsOf(pod, job))).Select(pod => UntrackAsync(pod, cancellation)));
            return Result.Done;
        }
        if (job.Spec.ManagedBy is not (null or "" or "kubernetes.io/job-controller"))
            return Result.Done;

        var own = await ClaimAsync(job, related, cancellation);
        var plan = JobPlan.For(job, own, clock.GetUtcNow().UtcDateTime);
        if (plan.Expired)
        {
            await api.DeleteAsync(Kinds.Jobs, key.Namespace, key.Name, new() { Uid = job.Metadata.Uid, ResourceVersion = job.Metadata.ResourceVersion, PropagationPolicy = "Foreground" }, cancellation);
            return Result.Done;
        }

        // What has ended is written down before anything is taken away from it.
        var planned = await WriteStatusAsync(key, job, plan.Status, cancellation);
        await Task.WhenAll(plan.Untrack.Select(pod => UntrackAsync(pod, cancellation)));
        foreach (var pod in plan.Delete)
            await DeleteAsync(job, pod, plan.Uncount, cancellation);
        if (plan.Create.Count > 0 && !await IsCurrentAsync(planned, cancellation))
            return Result.After(CachePatience);
        foreach (var batch in plan.Create.Chunk(CreatedAtOnce))
            await Task.WhenAll(batch.Select(wanted => CreateAsync(job, wanted, cancellation)));
        return plan.Again is { } delay ? Result.After(delay) : Result.Done;
    }

    // Only upon the Job as the API has it: a status that another process has written, and the cache does not show, may have counted pods that
    // would be run again, and a Job that is gone has let go of pods that run.
    private async Task<bool> IsCurrentAsync(JobView job, CancellationToken cancellation) =>
        (await api.GetAsync(Kinds.Jobs, job.Metadata.NamespaceProperty, job.Metadata.Name, cancellation))?.Metadata.ResourceVersion == job.Metadata.ResourceVersion;

    // Takes pods that it selects and nobody owns, lets go those that it owns and no longer selects.
    private async Task<IReadOnlyList<PodView>> ClaimAsync(JobView job, IReadOnlyList<PodView> related, CancellationToken cancellation)
    {
        var own = new List<PodView>();
        foreach (var pod in related)
        {
            var selected = JobPodTemplate.Selects(job, pod);
            if (pod.Controller is { } controller && controller.Uid == job.Metadata.Uid)
            {
                if (selected || pod.IsBeingDeleted)
                    own.Add(pod);
                else
                    await PatchAsync(pod, new JsonObject { ["ownerReferences"] = pod.Metadata.OwnersWithout(job), ["finalizers"] = FinalizersWithout(pod) }, cancellation);
            }
            else if (pod.Controller is null && selected && pod.IsActive && !job.HasEnded)
                await AdoptAsync(job, pod, cancellation);
            else if (pod is { IsTracked: true, Controller: null } && IsOf(pod, job))
                await UntrackAsync(pod, cancellation);
        }
        return own;
    }

    private async Task AdoptAsync(JobView job, PodView pod, CancellationToken cancellation)
    {
        await OwnerReferences.CheckAliveAsync(api, Kinds.Jobs, job, cancellation);
        var owners = pod.Metadata.OwnersWithout(job);
        owners.Add((JsonNode)OwnerReferences.To(job));
        var finalizers = FinalizersWithout(pod);
        finalizers.Add((JsonNode)PodView.TrackingFinalizer);
        await PatchAsync(pod, new JsonObject { ["ownerReferences"] = owners, ["finalizers"] = finalizers }, cancellation);
    }

    /// <returns>The Job with that status.</returns>
    private async Task<JobView> WriteStatusAsync(ObjectKey key, JobView job, JobStatusView status, CancellationToken cancellation)
    {
        var desired = job with { Status = status };
        var from = Kinds.Jobs.ToDocument(job)["status"] as JsonObject ?? [];
        var to = Kinds.Jobs.ToDocument(desired)["status"] as JsonObject ?? [];
        if (MergeDiff.Between(from, to) is not { } difference)
            return job;
        var patch = new JsonObject
        {
            // Counts are only right on top of the counts that they were made from.
            ["metadata"] = new JsonObject { ["uid"] = job.Metadata.Uid, ["resourceVersion"] = job.Metadata.ResourceVersion },
            ["status"] = difference,
        };
        var written = await api.PatchAsync(Kinds.Jobs, key.Namespace, key.Name, patch, subresource: "status", cancellation: cancellation);
        _written.Add(key, written);
        JobEvents.Tell(events, job, desired);
        return written;
    }

    private async Task CreateAsync(JobView job, JobPod wanted, CancellationToken cancellation)
    {
        try
        {
            var pod = await pods.CreateAsync(JobPodTemplate.PodOf(job, wanted), cancellation);
            events.Normal(job, "SuccessfulCreate", $"Created pod: {pod.Metadata.Name}");
        }
        catch (ApiException e) when (e.Code is not (409 or 500 or 504))
        {
            events.Warning(job, "FailedCreate", $"Error creating: {e.Message}");
            throw;
        }
    }

    private async Task DeleteAsync(JobView job, PodView pod, bool uncount, CancellationToken cancellation)
    {
        if (uncount)
            await UntrackAsync(pod, cancellation);
        if (await api.DeleteAsync(Kinds.Pods, pod.Metadata.NamespaceProperty, pod.Metadata.Name, new() { Uid = pod.Uid }, cancellation))
            events.Normal(job, "SuccessfulDelete", $"Deleted pod: {pod.Metadata.Name}");
    }

    private async Task UntrackAsync(PodView pod, CancellationToken cancellation)
    {
        if (pod.IsTracked)
            await PatchAsync(pod, new JsonObject { ["finalizers"] = FinalizersWithout(pod) }, cancellation);
    }

    private async Task PatchAsync(PodView pod, JsonObject metadata, CancellationToken cancellation)
    {
        metadata["uid"] = pod.Uid;
        metadata["resourceVersion"] = pod.Metadata.ResourceVersion;
        try
        {
            await api.PatchAsync(Kinds.Pods, pod.Metadata.NamespaceProperty, pod.Metadata.Name, new JsonObject { ["metadata"] = metadata }, cancellation: cancellation);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // Gone; its watch tells.
        }
    }

    private static JsonArray FinalizersWithout(PodView pod) =>
        new([.. (pod.Metadata.Finalizers ?? []).Where(name => name != PodView.TrackingFinalizer).Select(name => (JsonNode)name)]);

    private static bool IsOf(PodView pod, JobView job) => pod.Controller is { } controller ? controller.Uid == job.Metadata.Uid : LabelOf(pod, "controller-uid") == job.Metadata.Uid;

    // By owner, and for pods that have lost it by label.
    private static string? JobNameOf(PodView pod) => pod.Controller is { } controller
        ? controller is { Kind: "Job" } && controller.ApiVersion.StartsWith("batch/", StringComparison.Ordinal) ? controller.Name : null
        : LabelOf(pod, "job-name");

    private static string? LabelOf(PodView pod, string name) =>
        pod.Metadata.Labels is { } labels && labels.TryGetValue($"batch.kubernetes.io/{name}", out var value) ? value : null;
}
