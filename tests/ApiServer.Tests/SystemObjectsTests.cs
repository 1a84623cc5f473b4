using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Slipway.ApiServer.Tests;

public sealed class SystemObjectsTests
{
    [Theory]
    [InlineData("/api/v1/namespaces/kube-node-lease")]
    [InlineData("/api/v1/namespaces/default/services/kubernetes")]
    [InlineData("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes")]
    [InlineData("/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations/exempt")]
    [InlineData("/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/catch-all")]
    public async Task What_the_cluster_needs_comes_back(string path)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var api = await TestApi.StartAsync(new ApiServerOptions { Services = new() { Server = IPEndPoint.Parse("192.0.2.1:6443") } }, clock: clock);
        var old = (await api.GetAsync(path)).Expect(200)["metadata.uid"];
        (await api.DeleteAsync(path)).Expect(200);
        if (path.EndsWith("/kube-node-lease", StringComparison.Ordinal))
            (await api.PutAsync($"{path}/finalize", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"kube-node-lease"},"spec":{}}""")).Expect(200);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while ((await api.GetAsync(path)) is var now && (now.Code != 200 || now["metadata.uid"] == old))
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
            limit.Token.ThrowIfCancellationRequested();
        }
    }
}
