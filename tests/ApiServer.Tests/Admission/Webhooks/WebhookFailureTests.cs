using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Slipway.ApiServer.Tests.Webhooks;

namespace Slipway.ApiServer.Tests.Admission.Webhooks;

/// <summary>Webhooks that are down, slow, unknown or talk nonsense.</summary>
public sealed class WebhookFailureTests : WebhookTest
{
    private const string Called = "Internal error occurred: failed calling webhook \"bad.example.com\": ";

    public static TheoryData<string, string> Nonsense => new()
    {
        { "garbage", "failed to call webhook: couldn't get version/kind; json parse error: " },
        { "[]", "failed to call webhook: couldn't get version/kind; json parse error: " },
        { "{}", "received invalid webhook response: webhook response was absent" },
        { """{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"other","allowed":true}}""", "received invalid webhook response: expected response.uid=" },
        { """{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","response":{"uid":"UID","allowed":true}}""",
            "received invalid webhook response: expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got admission.k8s.io/v1beta1, Kind=AdmissionReview" },
        { """{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"UID","allowed":true,"patch":"W10="}}""",
            "received invalid webhook response: webhook returned response.patch but not response.patchType" },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task Nonsense_is_refused(string answer, string message)
    {
        Hooks.OnRaw("bad", (review, _) => Task.FromResult(answer.Replace("UID", review["request"]!["uid"]!.ToString(), StringComparison.Ordinal)));
        await ConfigureAsync("Mutating", "bad");
        Assert.StartsWith(Called + message, (await CreateAsync("a")).Expect(500)["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_error_is_a_failure()
    {
        Hooks.OnRaw("bad", (_, http) =>
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.FromResult("busy");
        });
        await ConfigureAsync("Validating", "bad");
        Assert.Equal(Called + "failed to call webhook: an error on the server (\"busy\") has prevented the request from succeeding", (await CreateAsync("a")).Expect(500)["message"]);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        Hooks.OnRaw("bad", (_, _) => Task.FromResult(new string('x', 4 << 20)));
        await ConfigureAsync("Validating", "bad");
        Assert.StartsWith(Called + "failed to call webhook: Post ", (await CreateAsync("a")).Expect(500)["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_webhook_is_given_up()
    {
        Hooks.OnRaw("bad", async (_, http) =>
        {
            var gone = new TaskCompletionSource();
            using var registration = http.RequestAborted.Register(gone.SetResult);
            await gone.Task;
            return "";
        });
        await ConfigureAsync("Validating", "bad", extra: ",\"timeoutSeconds\":1");
        Assert.Equal($"{Called}failed to call webhook: Post \"{Hooks.Url("bad")}?timeout=1s\": context deadline exceeded", (await CreateAsync("a")).Expect(500)["message"]);
    }

    [Theory]
    [InlineData("Fail", 500)]
    [InlineData("Ignore", 201)]
    public async Task The_failure_policy_decides_when_nobody_is_there(string policy, int code)
    {
        var port = FreePort();
        foreach (var kind in (string[])["Mutating", "Validating"])
            await ConfigureAsync(kind, "bad", extra: $$""","failurePolicy":"{{policy}}" """, clientConfig: $$"""{"url":"https://127.0.0.1:{{port}}/x","caBundle":"{{Hooks.CaBundle}}"}""");
        var answer = (await CreateAsync("a")).Expect(code);
        Assert.Contains(code == 500 ? "rejection_count{name=\"bad.example.com\",type=\"admit\",operation=\"CREATE\",error_type=\"calling_webhook_error\",rejection_code=\"0\"} 1" : "fail_open_count{name=\"bad.example.com\",type=\"validating\"} 1",
            (await Api.GetAsync("/metrics")).Expect(200).Body, StringComparison.Ordinal);
        if (code == 500)
            Assert.Equal($"{Called}failed to call webhook: Post \"https://127.0.0.1:{port}/x?timeout=10s\": dial tcp 127.0.0.1:{port}: connect: connection refused", answer["message"]);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_not_trusted()
    {
        await using var other = await WebhookServer.StartAsync();
        Hooks.On("bad", _ => WebhookServer.Allow());
        await ConfigureAsync("Validating", "bad", clientConfig: $$"""{"url":"{{Hooks.Url("bad")}}","caBundle":"{{other.CaBundle}}"}""");
        Assert.Contains("tls: failed to verify certificate", (await CreateAsync("a")).Expect(500)["message"], StringComparison.Ordinal);
        Assert.Empty(Hooks.Reviews);
    }

    [Fact]
    public async Task A_service_is_reached_through_its_endpoints()
    {
        Hooks.On("hook/path", _ => WebhookServer.Allow());
        var service = """{"service":{"namespace":"default","name":"hook","path":"/hook/path","port":8443},"caBundle":"CA"}""".Replace("CA", Hooks.CaBundle, StringComparison.Ordinal);
        await ConfigureAsync("Validating", "bad", clientConfig: service);
        const string called = Called + "failed to call webhook: Post \"https://hook.default.svc:8443/hook/path?timeout=10s\": ";
        Assert.Equal(called + "service \"hook\" not found", (await CreateAsync("a")).Expect(500)["message"]);

        (await Api.PostAsync("/api/v1/namespaces/default/services", """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"hook"},"spec":{"clusterIP":"None","ports":[{"name":"https","port":8443,"targetPort":9443}]}}
            """)).Expect(201);
        Assert.Equal(called + "no endpoints available for service \"hook\"", (await CreateAsync("a")).Expect(500)["message"]);

        // Addresses of loopback are refused by the API, so the slice is put into the store as it is.
        var slice = $$$"""
            {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"hook-1","namespace":"default","labels":{"kubernetes.io/service-name":"hook"}},"addressType":"IPv4",
             "endpoints":[{"addresses":["127.0.0.9"],"conditions":{"ready":false}},{"addresses":["127.0.0.1"],"conditions":{"ready":true}}],"ports":[{"name":"https","port":{{{Hooks.Port}}}}]}
            """;
        await Api.Store.CommitAsync(new("/registry/discovery.k8s.io/endpointslices/default/hook-1", System.Text.Encoding.UTF8.GetBytes(slice), 0), TestContext.Current.CancellationToken);
        (await Api.GetAsync("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/hook-1")).Expect(200);
        (await CreateAsync("a")).Expect(201);
        Assert.Single(Hooks.Reviews);
    }

    [Fact]
    public async Task The_older_review_is_spoken_to_who_knows_no_other()
    {
        Hooks.OnRaw("bad", (review, _) => Task.FromResult($$$$"""{"response":{"allowed":{{{{(review["apiVersion"]!.ToString() == "admission.k8s.io/v1beta1" ? "true" : "false")}}}}}}"""));
        await ConfigureAsync("Validating", "bad", reviewVersions: "\"v1beta1\"");
        (await CreateAsync("a")).Expect(201);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
