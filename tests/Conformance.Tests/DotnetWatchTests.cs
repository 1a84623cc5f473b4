using System.Text;
using System.Threading.Channels;
using k8s;
using k8s.LeaderElection;
using k8s.LeaderElection.ResourceLock;
using k8s.Models;
using Slipway.Api;
using Slipway.Conformance.Operator;

namespace Slipway.Conformance;

/// <summary>The .NET client in its full form: generic objects, a copy kept by watches, and an election.</summary>
public sealed class DotnetWatchTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_generic_client_works_with_every_kind()
    {
        using var client = Client();
        await client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = "generic" } }, cancellationToken: Cancellation);
        using var generic = new GenericClient(client, "batch", "v1", "cronjobs", disposeClient: false);
        var made = await generic.CreateNamespacedAsync(new V1CronJob
        {
            ApiVersion = "batch/v1",
            Kind = "CronJob",
            Metadata = new() { Name = "nightly" },
            Spec = new()
            {
                Schedule = "0 2 * * *",
                JobTemplate = new() { Spec = new() { Template = new() { Spec = new() { RestartPolicy = "Never", Containers = [new() { Name = "c", Image = "example.com/c" }] } } } },
            },
        }, "generic", Cancellation);
        Assert.Equal("Allow", made.Spec.ConcurrencyPolicy);
        var patched = await generic.PatchNamespacedAsync<V1CronJob>(new V1Patch("""{"spec":{"suspend":true}}""", V1Patch.PatchType.MergePatch), "generic", "nightly", Cancellation);
        Assert.True(patched.Spec.Suspend);
        Assert.Equal("nightly", Assert.Single((await generic.ListNamespacedAsync<V1CronJobList>("generic", cancel: Cancellation)).Items).Name());
        await foreach (var (type, item) in generic.WatchNamespacedAsync<V1CronJob>("generic", cancel: Cancellation))
        {
            Assert.Equal((WatchEventType.Added, "nightly"), (type, item.Name()));
            break;
        }
        Assert.Equal("Success", (await generic.DeleteNamespacedAsync<V1Status>("generic", "nightly", Cancellation)).Status);
        Assert.Empty((await generic.ListNamespacedAsync<V1CronJobList>("generic", cancel: Cancellation)).Items);
    }

    [Fact]
    public async Task A_copy_kept_by_watches_is_right_again_after_the_server_was_replaced()
    {
        using var client = Client();
        await client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = "copies" } }, cancellationToken: Cancellation);
        await CreateAsync(client, "one");
        var changes = Channel.CreateUnbounded<string>();
        var informer = new Informer<V1ConfigMap>(
            async c => await client.CoreV1.ListNamespacedConfigMapAsync("copies", cancellationToken: c) is var list ? new(list.ResourceVersion(), [.. list.Items]) : null!,
            (version, error, c) => client.CoreV1.WatchListNamespacedConfigMapAsync("copies", resourceVersion: version, onError: error, cancellationToken: c),
            (type, map) => changes.Writer.TryWrite($"{type} {map.Name()}"),
            TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var following = informer.FollowAsync(stop.Token);
        Assert.Equal("Added one", await changes.Reader.ReadAsync(Cancellation));
        await CreateAsync(client, "two");
        Assert.Equal("Added two", await changes.Reader.ReadAsync(Cancellation));

        await api.RestartAsync(async own =>
        {
            await own.SendAsync(new ApiRequest("DELETE", "/api/v1/namespaces/copies/configmaps/one"), Cancellation);
            await own.SendAsync(new ApiRequest("POST", "/api/v1/namespaces/copies/configmaps") { Body = Encoding.UTF8.GetBytes("""{"metadata":{"name":"three"}}""") }, Cancellation);
        });
        Assert.Equal("Deleted one", await changes.Reader.ReadAsync(Cancellation));
        Assert.Equal("Added three", await changes.Reader.ReadAsync(Cancellation));
        Assert.Equal(2, informer.Lists);
        await client.CoreV1.DeleteNamespacedConfigMapAsync("two", "copies", cancellationToken: Cancellation);
        Assert.Equal("Deleted two", await changes.Reader.ReadAsync(Cancellation));
        Assert.Equal(["copies/three"], informer.Objects.Keys);
        await stop.CancelAsync();
        await following;
    }

    [Fact]
    public async Task Of_two_candidates_one_leads_until_it_is_stopped()
    {
        using var client = Client();
        using var first = Candidate(client, "first");
        using var second = Candidate(client, "second");
        var (firstLeads, secondLeads) = (new TaskCompletionSource(), new TaskCompletionSource());
        first.OnStartedLeading += firstLeads.SetResult;
        second.OnStartedLeading += secondLeads.SetResult;
        using var stopFirst = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var stopSecond = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var running = first.RunUntilLeadershipLostAsync(stopFirst.Token);
        await firstLeads.Task.WaitAsync(Cancellation);
        var waiting = second.RunUntilLeadershipLostAsync(stopSecond.Token);
        var lease = await client.CoordinationV1.ReadNamespacedLeaseAsync("election", "default", cancellationToken: Cancellation);
        Assert.Equal(("first", false), (lease.Spec.HolderIdentity, secondLeads.Task.IsCompleted));
        await stopFirst.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

        await secondLeads.Task.WaitAsync(Cancellation);
        lease = await client.CoordinationV1.ReadNamespacedLeaseAsync("election", "default", cancellationToken: Cancellation);
        Assert.Equal(("second", 1), (lease.Spec.HolderIdentity, lease.Spec.LeaseTransitions));
        await stopSecond.CancelAsync();
        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private static LeaderElector Candidate(Kubernetes client, string identity) => new(new LeaderElectionConfig(new LeaseLock(client, "default", "election", identity))
    {
        LeaseDuration = TimeSpan.FromSeconds(2),
        RenewDeadline = TimeSpan.FromSeconds(1.5),
        RetryPeriod = TimeSpan.FromSeconds(0.2),
    });

    private static Task CreateAsync(Kubernetes client, string name) =>
        client.CoreV1.CreateNamespacedConfigMapAsync(new V1ConfigMap { Metadata = new() { Name = name } }, "copies", cancellationToken: Cancellation);

    private Kubernetes Client() => new(KubernetesClientConfiguration.BuildConfigFromConfigFile(api.Kubeconfig));
}
