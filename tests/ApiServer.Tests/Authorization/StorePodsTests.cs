using Slipway.Api.Kinds;

namespace Slipway.ApiServer.Tests.Authorization;

/// <summary>In which pods the controllers of flows may run commands.</summary>
public sealed class StorePodsTests
{
    private static readonly UserInfo Flows = UserInfo.ServiceAccount("slipway-system", "flows");

    [Fact]
    public async Task The_controllers_of_flows_run_commands_in_the_pods_of_claims_and_in_no_others()
    {
        await using var api = await TestApi.StartAsync(new ApiServerOptions { Flows = true });
        foreach (var (name, place) in new[] { ("disk", """{"claim":{"name":"c"}}"""), ("bucket", """{"s3":{"endpoint":"https://s3.example.com","bucket":"bucket","secretName":"keys"}}""") })
            Assert.Equal(201, (await api.PostAsync("/apis/slipway.dev/v1alpha1/namespaces/default/artifactstores", $$"""{"apiVersion":"slipway.dev/v1alpha1","kind":"ArtifactStore","metadata":{"name":"{{name}}"},"spec":{{place}}}""")).Code);
        await api.GetAsync("/apis/slipway.dev/v1alpha1/artifactstores");
        Assert.NotEqual(403, (await ExecAsync("default", "artifact-store-disk", Flows)).Code); // there is no such pod
        var refusal = await ExecAsync("default", "artifact-store-bucket", Flows);
        Assert.Equal(403, refusal.Code);
        Assert.Contains("no ArtifactStore of the namespace has its claim in this pod", refusal.Body, StringComparison.Ordinal);
        Assert.Equal(403, (await ExecAsync("default", "web", Flows)).Code);
        Assert.Equal(403, (await ExecAsync("kube-system", "artifact-store-disk", Flows)).Code);
        Assert.Equal(403, (await ExecAsync("default", "artifact-store-disk", UserInfo.ServiceAccount("slipway-system", "network"))).Code);

        Task<Answer> ExecAsync(string ns, string pod, UserInfo user) => api.SendAsync("GET", $"/api/v1/namespaces/{ns}/pods/{pod}/exec?command=x&stdout=true", user: user);
    }

    [Theory]
    [InlineData("team", "artifact-store-team")]
    [InlineData("a-name-of-forty-characters-and-some-more-48char", "artifact-store-a-name-of-forty-characters-and-some-more-48char")]
    [InlineData("a-name-of-forty-characters-and-some-more.-of-49ch", "artifact-store-a-name-of-forty-characters-and-some-mor-90c16d40")]
    public void Names_of_pods_are_names_of_hosts_and_different(string store, string pod) => Assert.Equal(pod, ClaimStoreSpec.PodOf(store));
}
