using System.Globalization;

namespace Slipway.Controllers.Tests.HorizontalPodAutoscalers;

public sealed class ReplicaCountTests
{
    private static readonly DateTime Now = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    // Pods as use/request in thousandths of a processor (- for no metric, none for no request), with what is unusual of them.
    [Theory]
    [InlineData(3, 30, "300/1000 500/1000 700/1000", 5, 50)]
    [InlineData(3, 100, "1010/900 1030/1000 1020/1100", 3, 102)]               // near enough
    [InlineData(5, 50, "100/1000 300/1000 500/1000 250/1000 250/1000", 3, 28)]
    [InlineData(3, 30, "300/1000/unready 500/1000 700/1000", 4, 60)]            // who starts uses nothing yet
    [InlineData(3, 40, "400/1000 500/1000/unready 700/1000/unready", 3, 40)]
    [InlineData(3, 30, "400/1000 500/1000/unready 700/1000/unready", 3, 40)]    // which is no reason to go down
    [InlineData(3, 20, "300/1000 500/1000 700/1000/hot", 4, 40)]                // ready, but measured while it started
    [InlineData(3, 20, "300/1000 500/1000 -/1000/pending", 4, 40)]
    [InlineData(2, 100, "1000/1000 -/1000", 2, 100)]                            // who does not tell changes nothing …
    [InlineData(2, 50, "1000/1000 -/1000", 2, 100)]                             // … upwards: it may use nothing
    [InlineData(2, 50, "100/1000 -/1000", 2, 10)]                               // … downwards: it may use all
    [InlineData(4, 50, "100/1000 100/1000 100/1000 -/1000", 3, 10)]
    [InlineData(4, 200, "100/1000 100/1000 100/1000 -/1000", 2, 10)]            // all is what it is to use, when that is more than requested
    [InlineData(4, 50, "500/1000 500/1000 900/1000/deleted 900/1000/failed", 4, 50)]
    [InlineData(2, 50, "1000/1000 1000/1000/long", 4, 100)]                     // it was ready once, and counts while it is not
    public void Replicas_follow_what_is_used_of_requests(int current, int target, string pods, int replicas, int utilization)
    {
        var (views, metrics) = Pods(pods);
        var told = new ReplicaCount(views, new(0.1, 0.1), Now).ByUtilization(current, target, metrics, "cpu", null);
        Assert.Equal((replicas, utilization), (told.Replicas, told.Utilization));
    }

    [Fact]
    public void What_is_told_of_pods_that_are_gone_changes_nothing()
    {
        var (views, metrics) = Pods("1000/1000 1000/1000");
        var told = metrics.Append(new("gone", metrics.Values.First())).ToDictionary();
        Assert.Equal(4, new ReplicaCount(views, new(0.1, 0.1), Now).ByUtilization(2, 50, told, "cpu", null).Replicas);
        Assert.Equal(4, new ReplicaCount(views, new(0.1, 0.1), Now).ByAverage(2, 500, told, "cpu").Replicas);
    }

    [Theory]
    [InlineData(3, 100, "300/1 200/1 400/1", 9)]
    [InlineData(3, 300, "300/1 200/1 400/1", 3)]
    [InlineData(5, 900, "300/1 200/1 400/1 0/1 0/1", 1)]
    [InlineData(2, 100, "100/1 -/1", 2)]
    public void Replicas_follow_an_average(int current, long target, string pods, int replicas)
    {
        var (views, metrics) = Pods(pods);
        Assert.Equal(replicas, new ReplicaCount(views, new(0.1, 0.1), Now).ByAverage(current, target, metrics, "").Replicas);
    }

    [Theory]
    [InlineData(3, 40, 20, 6)]
    [InlineData(3, 21, 20, 3)]
    [InlineData(3, 10, 20, 2)]
    [InlineData(0, 41, 20, 3)]     // from nothing
    [InlineData(0, 0, 20, 0)]
    public void Replicas_follow_one_value(int current, long value, long target, int replicas) =>
        Assert.Equal(replicas, new ReplicaCount(Pods("1/1 1/1 1/1").Views, new(0.1, 0.1), Now).ByValue(current, value, target));

    [Theory]
    [InlineData(3, 60, 20, 3, 20)]
    [InlineData(3, 100, 20, 5, 34)]
    [InlineData(3, 62, 20, 3, 21)]
    [InlineData(0, 62, 20, 4, 0)]
    public void Replicas_follow_a_value_that_is_shared(int current, long value, long target, int replicas, long average) =>
        Assert.Equal((replicas, average), new ReplicaCount([], new(0.1, 0.1), Now).ByShare(current, value, target));

    [Theory]
    [InlineData(0.1, 0.1, 106, 3)]
    [InlineData(0.1, 0.05, 106, 4)]
    [InlineData(0.1, 0.1, 93, 3)]
    [InlineData(0, 0.1, 60, 2)]
    public void How_far_off_is_near_enough_can_be_said_for_each_direction(double down, double up, long value, int replicas) =>
        Assert.Equal(replicas, new ReplicaCount(Pods("1/1 1/1 1/1").Views, new(down, up), Now).ByValue(3, value, 100));

    [Theory]
    [InlineData("", "no pods returned by selector while calculating replica count")]
    [InlineData("-/1000", "did not receive metrics for any ready pods")]
    [InlineData("5/none", "missing request for cpu in container main of Pod p0")]
    [InlineData("5/0", "no metrics returned matched known pods")]
    public void Why_it_cannot_be_told_is_said(string pods, string message)
    {
        var (views, metrics) = Pods(pods);
        Assert.Equal(message, Assert.Throws<MetricUnavailableException>(() => new ReplicaCount(views, new(0.1, 0.1), Now).ByUtilization(1, 50, metrics, "cpu", null)).Message);
    }

    [Fact]
    public void Requests_are_those_of_all_that_runs_of_one_container_or_of_the_pod()
    {
        var pod = new ScaledPodView
        {
            Metadata = new() { Name = "p0" },
            Status = Ready("True", Now.AddHours(-1), Now.AddHours(-1)),
            Spec = new() { Containers = [Container("main", "600m"), Container("side", "200m")], InitContainers = [Container("first", "9"), Container("proxy", "200m", "Always")] },
        };
        var metrics = new Dictionary<string, PodSample> { ["p0"] = new(500, Now, TimeSpan.Zero) };
        var count = new ReplicaCount([pod], new(0.1, 0.1), Now);
        Assert.Equal(50, count.ByUtilization(1, 50, metrics, "cpu", null).Utilization);
        Assert.Equal(250, count.ByUtilization(1, 50, metrics, "cpu", "side").Utilization);
        Assert.Equal("container other not found in Pod p0", Assert.Throws<MetricUnavailableException>(() => count.ByUtilization(1, 50, metrics, "cpu", "other")).Message);
        pod.Spec.Resources = new() { Requests = new() { ["cpu"] = "2" } };
        Assert.Equal(25, count.ByUtilization(1, 50, metrics, "cpu", null).Utilization);
    }

    private static (IReadOnlyList<ScaledPodView> Views, IReadOnlyDictionary<string, PodSample> Metrics) Pods(string text)
    {
        var views = new List<ScaledPodView>();
        var metrics = new Dictionary<string, PodSample>();
        foreach (var (part, index) in text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((part, index) => (part.Split('/'), index)))
        {
            var (name, kind) = ($"p{index}", part.Length > 2 ? part[2] : "");
            if (part[0] != "-")
                metrics[name] = new(long.Parse(part[0], CultureInfo.InvariantCulture), Now, TimeSpan.FromSeconds(15));
            views.Add(new()
            {
                Metadata = new() { Name = name, DeletionTimestamp = kind == "deleted" ? Now : null },
                Spec = new() { Containers = [Container("main", part[1] == "none" ? null : part[1] + "m")] },
                Status = kind switch
                {
                    "pending" => new() { Phase = "Pending" },
                    "failed" => new() { Phase = "Failed" },
                    "unready" => Ready("False", Now.AddSeconds(-20), Now.AddSeconds(-20)),
                    "hot" => Ready("True", Now.AddMinutes(-1), Now.AddSeconds(-10)),
                    "long" => Ready("False", Now.AddHours(-1), Now.AddMinutes(-1)),
                    _ => Ready("True", Now.AddHours(-1), Now.AddHours(-1)),
                },
            });
        }
        return (views, metrics);
    }

    private static ScaledContainer Container(string name, string? cpu, string? policy = null) =>
        new() { Name = name, RestartPolicy = policy, Resources = cpu is null ? null : new() { Requests = new() { ["cpu"] = cpu } } };

    private static ScaledPodStatus Ready(string status, DateTime started, DateTime changed) =>
        new() { Phase = "Running", StartTime = started, Conditions = [new() { Type = "Ready", Status = status, LastTransitionTime = changed }] };
}
