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
}
