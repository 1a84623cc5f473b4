using System.Text;
using Slipway.Api;

namespace Slipway.Flows.Tests.Stores;

public sealed class DeclaredPlacesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_who_ask_for_a_store_at_once_get_the_same_place()
    {
        var api = new SlowApi();
        var opened = 0;
        var places = new DeclaredPlaces(() => api, _ => throw new InvalidOperationException("There are no buckets here."), _ =>
        {
            opened++;
            return new DirectoryPlace("/nowhere");
        }, TimeProvider.System);
        var asked = Enumerable.Range(0, 3).Select(_ => places.FindAsync("default", "team", Cancellation).AsTask()).ToList();
        api.Answer.SetResult();
        var found = await Task.WhenAll(asked);
        Assert.Equal(1, opened);
        Assert.All(found, f => Assert.Same(found[0], f));
    }

    [Theory]
    [InlineData("claim:disk/flows/", "spec.claim.name disk and spec.claim.path flows/")]
    [InlineData("claim:disk/", "spec.claim.name disk and spec.claim.path \"\"")]
    [InlineData("team/flows/etl/", "spec.s3.bucket team and spec.s3.prefix flows/etl/")]
    [InlineData("team/", "spec.s3.bucket team and spec.s3.prefix \"\"")]
    public void A_place_is_told_by_the_fields_that_declare_it(string place, string fields) => Assert.Equal(fields, new StoreLocation("default", "team", place).Fields);

    /// <summary>Has one store, and answers when it is told to.</summary>
    private sealed class SlowApi : IApi
    {
        public TaskCompletionSource Answer { get; } = new();

        public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
        {
            await Answer.Task.WaitAsync(cancellation);
            return new ApiResponse
            {
                StatusCode = 200,
                Body = Encoding.UTF8.GetBytes("""{"apiVersion":"slipway.dev/v1alpha1","kind":"ArtifactStore","metadata":{"name":"team","namespace":"default","uid":"u"},"spec":{"claim":{"name":"disk","path":"flows/"}}}"""),
            };
        }
    }
}
