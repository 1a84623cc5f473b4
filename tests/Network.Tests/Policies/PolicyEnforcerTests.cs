using Slipway.Api;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Network.Tests.Policies;

public sealed class PolicyEnforcerTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Pods_are_watched_from_the_first_policy_on_and_a_watch_that_fails_is_told_of()
    {
        var (host, applied) = (new ControllerHost(new BrokenPods(_cluster.Admin), _cluster.Clock, _cluster.Logs), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        PolicyEnforcer.Register(host, "n1", _ => applied.TrySetResult());
        var running = host.RunAsync(CancellationToken.None);
        await applied.Task.WaitAsync(TestCluster.Patience);
        Assert.False(running.IsCompleted);
        await _cluster.CreateAsync("/apis/networking.k8s.io/v1/namespaces/default/networkpolicies", """{"metadata":{"name":"p"},"spec":{"podSelector":{}}}""");
        Assert.Equal("a defect", (await Assert.ThrowsAsync<InvalidOperationException>(() => running.WaitAsync(TestCluster.Patience))).Message);
    }

    private sealed class BrokenPods(IApi api) : IApi
    {
        public ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation) =>
            request.PathAndQuery.StartsWith("/api/v1/pods?", StringComparison.Ordinal) ? throw new InvalidOperationException("a defect") : api.SendAsync(request, cancellation);
    }
}
