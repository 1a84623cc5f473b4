using k8s.Models;
using Slipway.Api;

namespace Slipway.Flows.Tests;

public sealed class PodStoppingTests
{
    private static readonly V1Pod[] Pods = [.. new[] { "a", "b" }.Select(n => new V1Pod { Metadata = new V1ObjectMeta { Name = n, NamespaceProperty = "default", Uid = n } })];

    [Theory]
    [InlineData(200)]
    [InlineData(403)] // a policy refuses it
    [InlineData(404)]
    [InlineData(422)] // another one has its name, as Kubernetes tells it
    [InlineData(500)] // a webhook is away
    public async Task Pods_end_whether_it_can_be_written_on_them_why(int code)
    {
        var api = new Noting(code);
        await PodStopping.EndAsync(api, Pods.Select(p => new PodToEnd(p, "Deleted why")), TestContext.Current.CancellationToken);
        Assert.Equal(["DELETE a", "DELETE b", "PATCH a", "PATCH b"], api.Requests.Order());
        Assert.All(Pods, p => Assert.True(api.Requests.IndexOf($"PATCH {p.Metadata.Name}") < api.Requests.IndexOf($"DELETE {p.Metadata.Name}")));
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(400, true)] // a webhook refuses it
    [InlineData(403, true)] // a policy does
    [InlineData(404, true)]
    [InlineData(409, true)]
    [InlineData(422, true)]
    [InlineData(500, false)]
    public async Task What_has_done_what_it_is_for_ends_only_when_that_is_written(int code, bool ends)
    {
        var api = new Noting(code);
        var end = PodStopping.EndAsync(api, [new PodToEnd(Pods[0], "Succeeded why")], TestContext.Current.CancellationToken);
        if (ends)
            await end;
        else
            await Assert.ThrowsAsync<ApiException>(() => end);
        Assert.Equal(ends, api.Requests.Contains("DELETE a"));
    }

    [Fact]
    public async Task Nothing_is_written_where_there_is_nothing_to_say()
    {
        var api = new Noting(200);
        await PodStopping.EndAsync(api, Pods.Select(p => new PodToEnd(p, null)), TestContext.Current.CancellationToken);
        Assert.Equal(["DELETE a", "DELETE b"], api.Requests.Order());
    }

    /// <summary>Answers patches with a code.</summary>
    private sealed class Noting(int code) : IApi
    {
        private readonly Lock gate = new();

        public List<string> Requests { get; } = [];

        public ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
        {
            lock (gate)
                Requests.Add($"{request.Method} {request.PathAndQuery.Split('?')[0].Split('/')[^1]}");
            return ValueTask.FromResult(new ApiResponse { StatusCode = request.Method == "PATCH" ? code : 200, Body = "{}"u8.ToArray() });
        }
    }
}
