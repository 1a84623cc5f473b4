using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Starts a Job whenever the schedule of a CronJob says so, and removes old ones.</summary>
internal sealed class CronJobController(Informer<CronJobView> crons, OwnedObjects<JobView> jobs, IApi api, EventRecorder events, TimeProvider clock) : IReconciler
{
    // By then the cache may have what the API has told.
    private static readonly TimeSpan CachePatience = TimeSpan.FromMilliseconds(100);

    private readonly Written<CronJobView> _written = new();

    public static void Register(ControllerHost host)
    {
        var crons = host.Informer(Kinds.CronJobs);
        var jobs = host.Informer(Kinds.Jobs);
        host.Add("cronjob", new CronJobController(crons, new(jobs, host.Api), host.Api, host.Events("cronjob-controller"), host.Clock), workers: 2)
            .For(crons)
            .Owns(jobs);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_written.Newest(key, crons) is not { } cron)
            return Result.Done; // the garbage collector removes what it owned

        var plan = CronJobPlan.For(cron, await JobsOfAsync(cron, cancellation), clock.GetUtcNow().UtcDateTime);
        if (plan.Create is not null && !await IsCurrentAsync(cron, cancellation))
            return Result.After(CachePatience);
        foreach (var report in plan.Reports)
            if (report.IsWarning)
                events.Warning(cron, report.Reason, report.Message);
            else
                events.Normal(cron, report.Reason, report.Message);

        foreach (var job in plan.Replace)
            await DeleteAsync(cron, job, cancellation);
        var status = plan.Status;
        if (plan.Create is { } document)
        {
            var job = await CreateAsync(cron, document, cancellation);
            var replaced = plan.Replace.Select(old => old.Metadata.Uid).ToHashSet(StringComparer.Ordinal);
            status = status with
            {
                Active = [.. (status.Active ?? []).Where(active => active.Uid != job.Metadata.Uid && !replaced.Contains(active.Uid ?? "")), ActiveJob.Of(job)],
                LastScheduleTime = plan.ScheduledTime,
            };
        }
        if (await api.WriteStatusAsync(Kinds.CronJobs, cron, cron with { Status = status }, cancellation) is { } written)
            _written.Add(key, written);
        foreach (var job in plan.Forget)
            await DeleteAsync(cron, job, cancellation);
        return plan.Again is { } delay ? Result.After(delay) : Result.Done;
    }

    // Of a Job that the status names and the cache does not show only the API says that it is gone: another process may have started it.
    private async Task<IReadOnlyList<JobView>> JobsOfAsync(CronJobView cron, CancellationToken cancellation)
    {
        var known = jobs.Controlled(cron.Metadata.Uid);
        foreach (var active in cron.Status?.Active ?? [])
            if (active.Name is { } name && !known.Exists(job => job.Metadata.Uid == active.Uid)
                && await api.GetAsync(Kinds.Jobs, cron.Metadata.NamespaceProperty, name, cancellation) is { } job && job.Metadata.Uid == active.Uid)
                known.Add(job);
        return known;
    }

    // Nothing is started by a status that another process has written anew: the Job of that time may have come and gone already.
    private async Task<bool> IsCurrentAsync(CronJobView cron, CancellationToken cancellation) =>
        (await api.GetAsync(Kinds.CronJobs, cron.Metadata.NamespaceProperty, cron.Metadata.Name, cancellation))?.Metadata.ResourceVersion == cron.Metadata.ResourceVersion;

    private async Task<JobView> CreateAsync(CronJobView cron, System.Text.Json.Nodes.JsonObject document, CancellationToken cancellation)
    {
        var name = (string)document["metadata"]!["name"]!;
        try
        {
            var job = await jobs.CreateAsync(document, cancellation);
            events.Normal(cron, "SuccessfulCreate", $"Created job {name}");
            return job;
        }
        catch (ApiException e) when (e is { Code: 409, Reason: "AlreadyExists" })
        {
            // Started before a crash, most likely.
            if (await api.GetAsync(Kinds.Jobs, cron.Metadata.NamespaceProperty, name, cancellation) is { } job && job.Metadata.IsControlledBy(cron))
                return job;
            events.Warning(cron, "FailedCreate", $"Error creating job: {e.Message}");
            throw;
        }
        catch (ApiException e)
        {
            events.Warning(cron, "FailedCreate", $"Error creating job: {e.Message}");
            throw;
        }
    }

    private async Task DeleteAsync(CronJobView cron, JobView job, CancellationToken cancellation)
    {
        if (await api.DeleteAsync(Kinds.Jobs, job.Metadata.NamespaceProperty, job.Metadata.Name, new() { Uid = job.Metadata.Uid, PropagationPolicy = "Background" }, cancellation))
            events.Normal(cron, "SuccessfulDelete", $"Deleted job {job.Metadata.Name}");
    }
}
