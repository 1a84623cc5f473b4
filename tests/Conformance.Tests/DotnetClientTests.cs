extern alias aot;

using aot::k8s;
using aot::k8s.Autorest;
using aot::k8s.Models;

namespace Slipway.Conformance;

/// <summary>The .NET client, in the form for native compilation.</summary>
public sealed class DotnetClientTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task It_creates_lists_patches_watches_and_deletes()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(api.Kubeconfig));
        await client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = "dotnet" } }, cancellationToken: cancellation);
        var created = await client.CoreV1.CreateNamespacedConfigMapAsync(
            new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "a", Labels = new Dictionary<string, string> { ["x"] = "y" } }, Data = new Dictionary<string, string> { ["k"] = "v" } },
            "dotnet", cancellationToken: cancellation);
        Assert.Equal("v", created.Data["k"]);
        Assert.NotNull(created.Metadata.Uid);

        var list = await client.CoreV1.ListNamespacedConfigMapAsync("dotnet", labelSelector: "x=y", cancellationToken: cancellation);
        Assert.Equal("a", Assert.Single(list.Items).Metadata.Name);

        created.Data["k"] = "w";
        created.Metadata.ManagedFields = null;   // this client cannot write what it has read of them
        var replaced = await client.CoreV1.ReplaceNamespacedConfigMapAsync(created, "a", "dotnet", cancellationToken: cancellation);
        Assert.NotEqual(created.Metadata.ResourceVersion, replaced.Metadata.ResourceVersion);
        var conflict = await Assert.ThrowsAsync<HttpOperationException>(() =>
            client.CoreV1.ReplaceNamespacedConfigMapAsync(created, "a", "dotnet", cancellationToken: cancellation));
        Assert.Equal(System.Net.HttpStatusCode.Conflict, conflict.Response.StatusCode);

        var patched = await client.CoreV1.PatchNamespacedConfigMapAsync(
            new V1Patch("""{"data":{"l":"m"}}""", V1Patch.PatchType.MergePatch), "a", "dotnet", cancellationToken: cancellation);
        Assert.Equal("m", patched.Data["l"]);
        await client.CoreV1.DeleteNamespacedConfigMapAsync("a", "dotnet", cancellationToken: cancellation);
        var missing = await Assert.ThrowsAsync<HttpOperationException>(() => client.CoreV1.ReadNamespacedConfigMapAsync("a", "dotnet", cancellationToken: cancellation));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, missing.Response.StatusCode);
    }
}
