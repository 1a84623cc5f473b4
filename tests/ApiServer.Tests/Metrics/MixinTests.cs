using System.Net;
using Slipway.Api;
using Slipway.Client;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.Metrics;

/// <summary>
/// The metrics that the alerts, rules and dashboards of kubernetes-mixin read of an API server and of the controllers beside it
/// (<see href="https://github.com/kubernetes-monitoring/kubernetes-mixin"/>).
/// </summary>
public sealed class MixinTests
{
    // What is selected or summed by, as its expressions write it.
    private static readonly (string Name, string[] Labels)[] Read =
    [
        ("apiserver_request_total", ["code=\"201\"", "verb=\"POST\"", "resource=\"configmaps\""]),
        ("apiserver_request_total", ["code=\"404\"", "verb=\"GET\"", "resource=\"configmaps\""]),
        ("apiserver_request_sli_duration_seconds_count", ["verb=\"GET\"", "scope=\"resource\"", "subresource=\"\""]),
        ("apiserver_request_sli_duration_seconds_bucket", ["verb=\"GET\"", "scope=\"resource\"", "le=\"1\""]),
        ("apiserver_request_sli_duration_seconds_bucket", ["verb=\"LIST\"", "scope=\"namespace\"", "le=\"5\""]),
        ("apiserver_request_sli_duration_seconds_bucket", ["verb=\"LIST\"", "scope=\"cluster\"", "le=\"30\""]),
        ("apiserver_request_sli_duration_seconds_bucket", ["verb=\"POST\"", "scope=\"resource\"", "le=\"1\""]),
        ("apiserver_request_sli_duration_seconds_bucket", ["verb=\"POST\"", "le=\"+Inf\""]),
        ("apiserver_client_certificate_expiration_seconds_bucket", ["le=\"604800\""]),
        ("apiserver_client_certificate_expiration_seconds_bucket", ["le=\"86400\""]),
        ("apiserver_client_certificate_expiration_seconds_count", []),
        ("aggregator_unavailable_apiservice", ["name=\"v1.apps\""]),
        ("workqueue_adds_total", ["name=\"deployment\""]),
        ("workqueue_depth", ["name=\"deployment\""]),
        ("workqueue_queue_duration_seconds_bucket", ["name=\"deployment\"", "le=\"0.001\""]),
        ("rest_client_requests_total", ["code=\"200\"", "method=\"GET\""]),
        ("rest_client_request_duration_seconds_bucket", ["verb=\"GET\"", "le=\"+Inf\""]),
        ("process_cpu_seconds_total", []),
        ("process_resident_memory_bytes", []),
    ];

    [Fact]
    public async Task What_its_expressions_read_is_there()
    {
        await using var served = await ServedApi.StartAsync(new ApiServerOptions { RegistersItself = true });
        using var queue = new WorkQueue<string>(TimeProvider.System, meter: new WorkQueueMetrics(served.Api.Server.Metrics).Of("deployment"));
        queue.Add("a");
        await queue.TakeAsync(TestContext.Current.CancellationToken);
        using var client = served.Client(isKnown: true);
        Assert.Equal(HttpStatusCode.Created, await StatusAsync(HttpMethod.Post, ConfigMaps, ConfigMap("a")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Get, $"{ConfigMaps}/a"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(HttpMethod.Get, $"{ConfigMaps}/b"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Get, ConfigMaps));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Get, "/api/v1/configmaps"));
        await using (await served.Api.Server.For(TestApi.Admin).SendAsync(new ApiRequest("GET", "/version"), TestContext.Current.CancellationToken)) { }
        // The server's own APIServices are written a little after its start.
        await Waiting.UntilAsync(TimeSpan.FromSeconds(30), async () => (await MetricsPage.ReadAsync(served.Api)).Sum("aggregator_unavailable_apiservice", "name=\"v1.apps\"") == 0);

        var page = await MetricsPage.ReadAsync(served.Api);
        Assert.Empty(Read.Where(read => page.Sum(read.Name, read.Labels) is null).Select(read => $"{read.Name} {string.Join(' ', read.Labels)}"));
        Assert.True(page.Has("aggregator_unavailable_apiservice_total"));

        async Task<HttpStatusCode> StatusAsync(HttpMethod method, string path, string? body = null)
        {
            using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : new StringContent(body, null, "application/json") };
            using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            return answer.StatusCode;
        }
    }
}
