using System.Net;
using Slipway.ApiServer.Metrics;

namespace Slipway.ApiServer.Tests.Metrics;

/// <summary>Who asks, and whether they may.</summary>
public sealed class AccessMetricsTests
{
    [Fact]
    public async Task Requests_are_counted_by_whether_it_is_known_who_makes_them_and_how_long_their_certificates_last()
    {
        await using var served = await ServedApi.StartAsync();
        using var known = served.Client(isKnown: true);
        using var stranger = served.Client(isKnown: false);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(known, "/version"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(known, "/api"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(stranger, "/livez"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(stranger, "/api"));

        var page = await MetricsPage.ReadAsync(served.Api);
        Assert.Equal((3, 1), (page.Sum("authentication_attempts", "result=\"success\""), page.Sum("authentication_attempts", "result=\"failure\"")));
        Assert.Equal((3, 1), (page.Sum("authentication_duration_seconds_count", "result=\"success\""), page.Sum("authentication_duration_seconds_count", "result=\"failure\"")));
        Assert.Equal((2, 1), (page.Sum("authenticated_user_requests", "username=\"client\""), page.Sum("authenticated_user_requests", "username=\"other\"")));
        const string left = "apiserver_client_certificate_expiration_seconds";
        Assert.Equal((2, 0, 2), (page.Sum($"{left}_count"), page.Sum($"{left}_bucket", "le=\"43200\""), page.Sum($"{left}_bucket", "le=\"86400\"")));
    }

    [Theory]
    [InlineData("admin", "admin")]
    [InlineData("kubelet", "kubelet")]
    [InlineData("system:serviceaccount:kube-system:default", "system:serviceaccount:kube-system:default")]
    [InlineData("ann@example.org", "email_id")]
    [InlineData("system:serviceaccount:a:b", "other")]
    [InlineData("ann", "other")]
    public void Names_are_told_by_their_sort(string name, string sort) => Assert.Equal(sort, AuthenticationMetrics.SortOf(name));

    [Fact]
    public async Task Decisions_are_counted_by_what_came_of_them()
    {
        await using var api = await TestApi.StartAsync();
        var before = await MetricsPage.ReadAsync(api);
        (await api.GetAsync(Samples.ConfigMaps)).Expect(200);
        (await api.GetAsync("/version")).Expect(200);
        (await api.SendAsync("GET", "/api/v1/secrets", user: new UserInfo("ann", [UserInfo.Authenticated]))).Expect(403);
        var after = await MetricsPage.ReadAsync(api);
        Assert.Equal(1, Grown("authorization_attempts_total", "result=\"no-opinion\""));
        Assert.Equal(1, Grown("authorization_duration_seconds_count", "result=\"no-opinion\""));
        // Others of the server's own may have asked meanwhile.
        Assert.True(Grown("authorization_attempts_total", "result=\"allowed\"") >= 3);
        Assert.True(Grown("authorization_duration_seconds_count", "result=\"allowed\"") >= 3);

        double Grown(string name, string label) => (after.Sum(name, label) ?? 0) - (before.Sum(name, label) ?? 0);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
