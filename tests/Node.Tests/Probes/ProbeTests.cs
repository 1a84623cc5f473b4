using System.Net.Sockets;
using k8s.Models;
using Slipway.Node.Pods;
using Slipway.Node.Probes;

namespace Slipway.Node.Tests.Probes;

public sealed class ProbeTests
{
    // Results of probes (s, w, f, u) against the verdicts after each (+, -, or . for none).
    [Theory]
    [InlineData(1, 3, "s", "+")]
    [InlineData(1, 3, "ffsfff", "..+..-")]
    [InlineData(2, 2, "ssfsff", ".+...-")]
    [InlineData(2, 1, "wu s", ".. +")]
    [InlineData(1, 2, "fuf", "..-")]
    [InlineData(1, 1, "fffs", "---+")]
    public void A_verdict_takes_as_many_results_in_a_row_as_its_threshold_says(int success, int failure, string results, string verdicts)
    {
        var probe = new V1Probe { SuccessThreshold = success, FailureThreshold = failure };
        var tally = new ProbeTally();
        var seen = "";
        foreach (var result in results)
        {
            if (result == ' ')
            {
                seen += ' ';
                continue;
            }
            (tally, var verdict) = tally.Count(result switch { 's' => ProbeResult.Success, 'w' => ProbeResult.Warning, 'f' => ProbeResult.Failure, _ => ProbeResult.Unknown }, probe);
            seen += verdict switch { true => '+', false => '-', _ => '.' };
        }
        Assert.Equal(verdicts, seen);
    }

    [Theory]
    [InlineData("", "/ready?x=1", "http", "8080", "http://10.0.0.1:8080/ready?x=1")]
    [InlineData(null, null, null, "web", "http://10.0.0.1/")]
    [InlineData("fd00::1", "healthz", "HTTPS", "443", "https://[fd00::1]/healthz")]
    public void A_request_goes_to_the_host_given_or_to_the_pod(string? host, string? path, string? scheme, string port, string expected) => Assert.Equal(expected,
        HttpCall.UriOf(new() { Host = host, Path = path, Scheme = scheme, Port = port }, Container(), "10.0.0.1").ToString());

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("none")]
    public void A_port_that_is_none_is_told_of(string port) =>
        Assert.Contains($"port \"{port}\" is neither", Assert.Throws<ContainerConfigException>(() => HttpCall.Port(port, Container())).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("10.0.0.1", SocketError.ConnectionRefused, "dial tcp 10.0.0.1:80: connect: connection refused")]
    [InlineData("fd00::1", SocketError.HostUnreachable, "dial tcp [fd00::1]:80: connect: no route to host")]
    [InlineData("[fd00::1]", SocketError.NetworkUnreachable, "dial tcp [fd00::1]:80: connect: network is unreachable")]
    [InlineData("none.example", SocketError.HostNotFound, "dial tcp none.example:80: lookup none.example: no such host")]
    public void A_connection_that_fails_is_told_of_in_the_kubelets_words(string host, SocketError error, string expected) =>
        Assert.Equal(expected, DialFailure.Of(host, 80, new SocketException((int)error)));

    [Fact]
    public async Task A_request_that_is_refused_says_so()
    {
        using var client = HttpCall.NewClient();
        var uri = new Uri("http://127.0.0.1:9/x");
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(uri));
        Assert.Equal("dial tcp 127.0.0.1:9: connect: connection refused", DialFailure.Of(uri, failure));
    }

    [Theory]
    [InlineData(302, "/b", "http://a/b")]
    [InlineData(307, "http://other/", "http://other/")]
    [InlineData(304, "/b", null)]
    [InlineData(200, "/b", null)]
    [InlineData(301, null, null)]
    public void A_redirect_is_followed_where_it_names_a_place(int code, string? location, string? expected) =>
        Assert.Equal(expected, HttpProbe.Target(code, location is null ? null : new(location, UriKind.RelativeOrAbsolute), new("http://a/"))?.ToString());

    [Theory]
    [InlineData("Readiness", "Failure", "Unhealthy", "Readiness probe failed: why")]
    [InlineData("Liveness", "Warning", "ProbeWarning", "Liveness probe warning: why")]
    [InlineData("Startup", "Unknown", "Unhealthy", "Startup probe errored: why")]
    [InlineData("Startup", "Success", null, null)]
    public void What_is_not_a_plain_success_is_told_of(string kind, string result, string? reason, string? message) =>
        Assert.Equal(reason is null ? null : (reason, message!), Prober.Tell(Enum.Parse<ProbeKind>(kind), new(Enum.Parse<ProbeResult>(result), "why")));

    [Theory]
    [InlineData("startup readiness liveness", "", "startup")]
    [InlineData("startup readiness liveness", "started", "readiness liveness")]
    [InlineData("readiness liveness", "", "readiness liveness")]
    [InlineData("startup readiness liveness", "started deleted", "readiness")]
    [InlineData("startup readiness liveness", "deleted", "")]
    [InlineData("readiness liveness", "fault", "")]
    [InlineData("readiness liveness", "hook", "")]
    [InlineData("readiness liveness", "ended", "")]
    [InlineData("", "", "")]
    public void Which_probes_are_made_follows_from_the_state(string has, string state, string expected)
    {
        var container = Container();
        container.StartupProbe = has.Contains("startup", StringComparison.Ordinal) ? new() : null;
        container.ReadinessProbe = has.Contains("readiness", StringComparison.Ordinal) ? new() : null;
        container.LivenessProbe = has.Contains("liveness", StringComparison.Ordinal) ? new() : null;
        container.Lifecycle = state.Contains("hook", StringComparison.Ordinal) ? new() { PostStart = new() } : null;
        var pod = new V1Pod { Metadata = new() { Name = "p", Uid = "u" }, Spec = new() { Containers = [container] } };
        if (state.Contains("deleted", StringComparison.Ordinal))
            pod.Metadata.DeletionTimestamp = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var record = new ContainerRecord("main")
        {
            Id = "c",
            Phase = state.Contains("ended", StringComparison.Ordinal) ? ContainerPhase.Exited : ContainerPhase.Running,
            StartupSucceeded = state.Contains("started", StringComparison.Ordinal),
            Fault = state.Contains("fault", StringComparison.Ordinal) ? ContainerFault.LivenessProbe : null,
        };
        var known = new PodState { StartTime = default }.With(record);
        var wanted = Enum.GetValues<ProbeKind>().Where(k => PodProbes.Wanted(pod, known, "main", k, "c")).Select(k => k.ToString().ToLowerInvariant());
        Assert.Equal(expected, string.Join(' ', wanted));
        Assert.DoesNotContain(Enum.GetValues<ProbeKind>(), k => PodProbes.Wanted(pod, known, "main", k, "former"));
    }

    private static V1Container Container() => new() { Name = "main", Ports = [new() { Name = "web", ContainerPort = 80 }] };
}
