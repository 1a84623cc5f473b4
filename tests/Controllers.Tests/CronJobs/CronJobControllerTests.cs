using Slipway.Client;

namespace Slipway.Controllers.Tests.CronJobs;

public sealed class CronJobControllerTests : ControllersTest
{
    private protected override void Register(ControllerHost host)
    {
        GarbageCollector.Register(host);
        JobController.Register(host);
        CronJobController.Register(host);
    }

    [Fact]
    public async Task Jobs_start_on_time_each_once_and_old_ones_go()
    {
        await Cluster.CreateAsync("/apis/batch/v1/namespaces/default/cronjobs", """
            {"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"cron"},"spec":{"schedule":"* * * * *","successfulJobsHistoryLimit":1,
             "jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}}}}
            """);
        var seen = new HashSet<string>();
        for (var i = 0; i < 4; i++)
        {
            var job = (await Cluster.WhileTimePassesAsync(Cluster.WaitForAllAsync(Kinds.Jobs, "default", jobs => jobs.Exists(job => !seen.Contains(job.Metadata.Name))), TimeSpan.FromSeconds(1)))
                .Find(job => !seen.Contains(job.Metadata.Name))!;
            Assert.True(seen.Add(job.Metadata.Name));
            await StopControllersAsync();
            StartControllers();
            var pod = (await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Exists(pod => pod.Controller?.Name == job.Metadata.Name && pod.IsActive))).Find(pod => pod.Controller?.Name == job.Metadata.Name)!;
            await Cluster.PatchAsync($"/api/v1/namespaces/default/pods/{pod.Metadata.Name}/status", """{"status":{"phase":"Succeeded"}}""");
            await Cluster.WaitAsync(Kinds.CronJobs, "default", "cron", cron => cron?.Status?.LastSuccessfulTime is not null && !(cron.Status.Active ?? []).Exists(active => active.Name == job.Metadata.Name));
        }
        await Cluster.WaitForAllAsync(Kinds.Jobs, "default", jobs => jobs.Count(job => job.HasEnded) <= 1);
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.CronJobs));
    }

    [Fact]
    public async Task A_time_that_another_process_has_started_is_not_started_by_what_the_cache_still_shows()
    {
        await CreateCronAsync("");
        await WaitForCacheAsync(Host.Informer(Kinds.CronJobs), new("default", "cron"));
        Watches.Hold("cronjobs");
        // The Job of that time has come and gone.
        var time = NextMinute();
        await Cluster.PatchAsync("/apis/batch/v1/namespaces/default/cronjobs/cron/status", $$$"""{"status":{"lastScheduleTime":"{{{time:yyyy-MM-dd'T'HH:mm:ss'Z'}}}"}}""");
        await PassAsync(time.AddSeconds(20) - Cluster.Clock.GetUtcNow());
        Assert.Empty((await Cluster.Admin.ListAsync(Kinds.Jobs)).Items);
        Watches.ReleaseAll();
        var jobs = await Cluster.WhileTimePassesAsync(Cluster.WaitForAllAsync(Kinds.Jobs, "default", jobs => jobs.Count > 0), TimeSpan.FromSeconds(1));
        Assert.NotEqual($"cron-{time.ToUnixTimeSeconds() / 60}", jobs[0].Metadata.Name);
    }

    [Fact]
    public async Task A_job_that_another_process_has_started_keeps_the_next_from_starting_although_the_cache_lacks_it()
    {
        await CreateCronAsync(""" "concurrencyPolicy":"Forbid", """);
        await WaitForCacheAsync(Host.Informer(Kinds.CronJobs), new("default", "cron"));
        Watches.Hold("jobs");
        var cron = (await Cluster.Admin.GetAsync(Kinds.CronJobs, "default", "cron"))!;
        var job = await Cluster.CreateAsync("/apis/batch/v1/namespaces/default/jobs", $$$"""
            {"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"other","ownerReferences":[{"apiVersion":"batch/v1","kind":"CronJob","name":"cron","uid":"{{{cron.Metadata.Uid}}}","controller":true}]},
             "spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]} } } }
            """);
        var active = new ActiveJob { ApiVersion = "batch/v1", Kind = "Job", Name = "other", Namespace = "default", Uid = (string?)job["metadata"]!["uid"] };
        await Cluster.Admin.WriteStatusAsync(Kinds.CronJobs, cron, cron with { Status = new() { Active = [active] } }, default);
        await PassAsync(TimeSpan.FromSeconds(80));
        Assert.Equal(["other"], (await Cluster.Admin.ListAsync(Kinds.Jobs)).Items.Select(item => item.Metadata.Name));
        Assert.Equal(["other"], (await Cluster.Admin.GetAsync(Kinds.CronJobs, "default", "cron"))!.Status!.Active!.Select(item => item.Name));
        Watches.ReleaseAll();
    }

    private DateTimeOffset NextMinute() => new(Cluster.Clock.GetUtcNow().Ticks / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute + TimeSpan.TicksPerMinute, TimeSpan.Zero);

    private Task PassAsync(TimeSpan time) => Cluster.WhileTimePassesAsync(DelayAsync(time), TimeSpan.FromSeconds(1));

    private async Task<bool> DelayAsync(TimeSpan time)
    {
        await Task.Delay(time, Cluster.Clock);
        return true;
    }

    private Task CreateCronAsync(string spec) => Cluster.CreateAsync("/apis/batch/v1/namespaces/default/cronjobs", $$$"""
        {"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"cron"},"spec":{ {{{spec}}} "schedule":"* * * * *",
         "jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]} } } } } }
        """);
}
