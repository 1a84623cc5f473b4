using System.Text.RegularExpressions;
using Slipway.Testing;

namespace EndToEnd.Tests.Charts;

/// <summary>A web service with a database, installed by the real Helm from <c>examples/guestbook</c>: upgraded, rolled back, its database killed.</summary>
public sealed class GuestbookTests(ClusterFixture cluster) : ChartTest(cluster.Slipway, "book")
{
    private readonly SlipwayCli slipway = cluster.Slipway;
    private Uri _address = null!;

    [Fact]
    public async Task It_is_upgraded_and_rolled_back_without_a_break_and_heals_when_its_database_is_killed()
    {
        (await slipway.RunAsync("image", "build", "-t", "slipway.local/guestbook:1", Repository.Require(Repository.File("artifacts", "guestbook", "image")))).Expect();
        Assert.Contains("password is required", (await HelmAsync("install", "--set", "web.replicas=2")).Error);
        (await HelmAsync("install", "--set", "password=secret", "--create-namespace", "--wait", "--timeout", "90s")).Expect();
        _address = new Uri($"http://{(await slipway.KubectlAsync("get", "service", "book", "-n", "book", "-o", "jsonpath={.spec.clusterIP}")).Expect().Out}/");
        Assert.Equal("Good morning, visitor 1", await VisitAsync());

        // 1. An upgrade and the way back, under traffic: no visit fails, none is lost.
        using var stop = new CancellationTokenSource();
        var traffic = TrafficAsync(stop.Token);
        (await HelmAsync("upgrade", "--reuse-values", "--set", "greeting=Good evening,web.replicas=3", "--wait", "--timeout", "90s")).Expect();
        // A pod of before may still be asked for as long as it takes all to know that it goes.
        var evening = await VisitsUntilAsync("Good evening");
        // An image that is not there: Helm waits, gives up and goes back; the service does not notice.
        Assert.NotEqual(0, (await HelmAsync("upgrade", "--reuse-values", "--set", "web.image=slipway.local/guestbook:none", "--rollback-on-failure", "--timeout", "12s")).ExitCode);
        (await slipway.HelmAsync("rollback", "book", "1", "-n", "book", "--wait", "--timeout", "90s")).Expect();
        await stop.CancelAsync();
        List<string> visits = [.. await traffic, .. evening];
        Assert.Equal(Enumerable.Range(2, visits.Count), visits.Select(NumberOf).Order());

        await VisitsUntilAsync("Good morning");
        Assert.Equal(2, (int)(await slipway.JsonAsync("get", "deployment", "book", "-n", "book"))["status"]!["readyReplicas"]!);

        // 2. Its database is killed: another container takes up its data, and the web's pods are ready again.
        var before = NumberOf(await VisitAsync());
        var redis = await slipway.JsonAsync("get", "pod", "book-redis-0", "-n", "book");
        foreach (var process in ClusterProcesses.OfContainer((string)redis["status"]!["containerStatuses"]![0]!["containerID"]!).ToList()) ClusterProcesses.Kill(process);
        var after = await FirstAnswerAsync();
        Assert.True(NumberOf(after) > before, $"{after} after visitor {before}");
        await slipway.KubectlAsync("rollout", "status", "deployment/book", "-n", "book", "--timeout=60s");
        redis = await slipway.JsonAsync("get", "pod", "book-redis-0", "-n", "book");
        Assert.Equal(1, (int)redis["status"]!["containerStatuses"]![0]!["restartCount"]!);

        (await slipway.HelmAsync("uninstall", "book", "-n", "book", "--wait")).Expect();
        (await slipway.KubectlAsync("delete", "namespace", "book", "--timeout=60s")).Expect();
    }

    private Task<CommandResult> HelmAsync(string command, params string[] arguments) =>
        slipway.HelmAsync([command, "book", Repository.File("examples", "guestbook", "chart"), "-n", "book", .. arguments]);

    private async Task<string> VisitAsync()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        return (await http.GetStringAsync(_address, TestContext.Current.CancellationToken)).Trim();
    }

    /// <summary>Visits until the greeting is as is said.</summary>
    private async Task<IReadOnlyList<string>> VisitsUntilAsync(string greeting)
    {
        var visits = new List<string>();
        await Waiting.UntilAsync($"visitors are greeted with {greeting}", TimeSpan.FromSeconds(30), async () =>
        {
            visits.Add(await VisitAsync());
            return visits[^1].StartsWith(greeting, StringComparison.Ordinal);
        });
        return visits;
    }

    private async Task<IReadOnlyList<string>> TrafficAsync(CancellationToken stop)
    {
        var visits = new List<string>();
        while (!stop.IsCancellationRequested)
        {
            visits.Add(await VisitAsync());
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
        return visits;
    }

    private async Task<string> FirstAnswerAsync()
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await VisitAsync();
            }
            catch (HttpRequestException e)
            {
                Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60), e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken);
            }
        }
    }

    private static int NumberOf(string visit) => int.Parse(Regex.Match(visit, @"visitor (\d+)$").Groups[1].Value);
}
