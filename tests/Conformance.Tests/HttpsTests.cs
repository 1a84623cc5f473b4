using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Conformance;

/// <summary>The API server as HTTPS clients see it: versions, certificates, limits and streams.</summary>
public sealed class HttpsTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Both_versions_of_HTTP_are_served(int version)
    {
        using var client = Client(api.ClientCertificate("admin", "system:masters"));
        using var request = new HttpRequestMessage(HttpMethod.Get, ConfigMaps) { Version = new Version(version, version == 1 ? 1 : 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(version, response.Version.Major);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
    }

    [Theory]
    [InlineData(ConfigMaps, "no-cache, private")]
    [InlineData("/version", "no-cache, private")]
    [InlineData("/api/v1/nodes/none", "no-cache, private")]
    [InlineData("/openid/v1/jwks", "public, max-age=3600")]
    public async Task Each_answer_has_an_id_and_says_who_may_keep_it(string path, string caching)
    {
        using var client = Client(api.ClientCertificate("admin", "system:masters"));
        using var first = await client.GetAsync(path, TestContext.Current.CancellationToken);
        using var second = await client.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(caching.Split(", ").Order(), first.Headers.CacheControl!.ToString().Split(", ").Order());
        Assert.NotEqual(Guid.Parse(first.Headers.GetValues("Audit-Id").Single()), Guid.Parse(second.Headers.GetValues("Audit-Id").Single()));
    }

    [Fact]
    public async Task Large_answers_are_compressed_for_those_who_take_it_and_watches_never()
    {
        using var client = Client(api.ClientCertificate("admin", "system:masters"));
        var cancellation = TestContext.Current.CancellationToken;
        using (await client.PostAsync(ConfigMaps, Json($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"large"},"data":{"k":"{{{new string('x', 200_000)}}}"}}"""), cancellation)) { }
        foreach (var (path, accepted, expected) in new (string, string, string)[]
        {
            ($"{ConfigMaps}/large", "gzip", "gzip"), (ConfigMaps, "gzip", "gzip"), (ConfigMaps, "br", ""), ("/api/v1/namespaces/default", "gzip", ""),
            ($"{ConfigMaps}?watch=true&timeoutSeconds=1", "gzip", ""), ("/openapi/v2", "gzip", "gzip"), ("/openapi/v2", "", ""),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (accepted.Length > 0) request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
            using var response = await client.SendAsync(request, cancellation);
            Assert.Equal($"{path} {expected}", $"{path} {string.Join(',', response.Content.Headers.ContentEncoding)}");
            var body = await response.Content.ReadAsStreamAsync(cancellation);
            await using var plain = expected == "gzip" ? new System.IO.Compression.GZipStream(body, System.IO.Compression.CompressionMode.Decompress) : body;
            using var reader = new StreamReader(plain);
            Assert.StartsWith("{", await reader.ReadToEndAsync(cancellation), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_client_without_a_certificate_sees_the_servers_health_alone()
    {
        using var client = Client(null);
        Assert.Equal("ok", await client.GetStringAsync("/livez", TestContext.Current.CancellationToken));
        using var refused = await client.GetAsync(ConfigMaps, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/livez") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "x") } };
        using var token = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, token.StatusCode);
    }

    [Fact]
    public async Task A_certificate_names_its_user_and_groups()
    {
        using var client = Client(api.ClientCertificate("somebody", "some-group"));
        using var response = await client.PostAsync("/apis/authentication.k8s.io/v1/selfsubjectreviews",
            Json("""{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"""), TestContext.Current.CancellationToken);
        var user = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["status"]!["userInfo"]!;
        Assert.Equal("somebody", user["username"]!.ToString());
        Assert.Equal(["some-group", "system:authenticated"], user["groups"]!.AsArray().Select(g => g!.ToString()));
        using var refused = await client.GetAsync(ConfigMaps, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        using var stranger = new TestPki();
        using var client = Client(stranger.Client("admin", "system:masters"));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/livez", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Old_versions_of_TLS_are_refused()
    {
#pragma warning disable SYSLIB0039, CA5397 // that they are obsolete is the point
        using var client = Client(null, SslProtocols.Tls11);
#pragma warning restore SYSLIB0039, CA5397
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/livez", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_with_a_status()
    {
        using var client = Client(api.ClientCertificate("admin", "system:masters"));
        using var response = await client.PostAsync(ConfigMaps, Json(new string(' ', 4 << 20)), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("limit is 3145728", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_head_of_a_watch_is_sent_and_holds_nothing()
    {
        using var client = Client(api.ClientCertificate("admin", "system:masters"));
        using var request = new HttpRequestMessage(HttpMethod.Head, ConfigMaps + "?watch=true&resourceVersion=0");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFF\r\n{}")]
    [InlineData("xyz\r\n")]
    public async Task A_body_in_broken_chunks_is_refused_with_a_status(string chunks)
    {
        using var client = new System.Net.Sockets.TcpClient();
        var address = new Uri(api.Address);
        await client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        await using var tls = new System.Net.Security.SslStream(client.GetStream());
        using var certificate = api.ClientCertificate("admin", "system:masters");
        await tls.AuthenticateAsClientAsync(new System.Net.Security.SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ClientCertificates = [certificate],
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { api.Authority }, RevocationMode = X509RevocationMode.NoCheck },
        }, TestContext.Current.CancellationToken);
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"POST {ConfigMaps} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(tls);
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"BadRequest\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_is_served_over_a_WebSocket_to_who_shows_a_token_among_its_subprotocols()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var client = Client(api.ClientCertificate("admin", "system:masters"));
        using (await client.PostAsync("/api/v1/namespaces/default/serviceaccounts", Json("""{"metadata":{"name":"browser"}}"""), cancellation)) { }
        using (await client.PostAsync("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", Json("""{"metadata":{"name":"browser"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"},"subjects":[{"kind":"ServiceAccount","namespace":"default","name":"browser"}]}"""), cancellation)) { }
        using var answer = await client.PostAsync("/api/v1/namespaces/default/serviceaccounts/browser/token", Json("""{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}"""), cancellation);
        var token = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellation))!["status"]!["token"]!.ToString();

        using var socket = Socket($"base64url.bearer.authorization.k8s.io.{System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(token))}", "watch.example");
        await socket.ConnectAsync(new Uri($"{api.Address.Replace("https", "wss", StringComparison.Ordinal)}{ConfigMaps}?watch=true&fieldSelector=metadata.name%3Dseen"), cancellation);
        Assert.Equal("watch.example", socket.SubProtocol);
        using (await client.PostAsync(ConfigMaps, Json("""{"metadata":{"name":"seen"},"data":{"k":"v"}}"""), cancellation)) { }
        Assert.Equal("ADDED seen", await EventAsync(socket, cancellation));
        using (await client.DeleteAsync($"{ConfigMaps}/seen", cancellation)) { }
        Assert.Equal("DELETED seen", await EventAsync(socket, cancellation));
        await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, "", cancellation);

        using var refused = Socket("base64url.bearer.authorization.k8s.io.bm9uZQ", "watch.example");
        await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => refused.ConnectAsync(new Uri($"{api.Address.Replace("https", "wss", StringComparison.Ordinal)}{ConfigMaps}?watch=true"), cancellation));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.HttpStatusCode);
    }

    private static async Task<string> EventAsync(System.Net.WebSockets.ClientWebSocket socket, CancellationToken cancellation)
    {
        var (buffer, length) = (new byte[64 << 10], 0);
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation);
            Assert.Equal(System.Net.WebSockets.WebSocketMessageType.Text, part.MessageType);
            length += part.Count;
            if (part.EndOfMessage) break;
        }
        var seen = JsonNode.Parse(buffer.AsSpan(0, length))!;
        return $"{seen["type"]} {seen["object"]!["metadata"]!["name"]}";
    }

    private System.Net.WebSockets.ClientWebSocket Socket(params string[] protocols)
    {
        var socket = new System.Net.WebSockets.ClientWebSocket();
        foreach (var protocol in protocols) socket.Options.AddSubProtocol(protocol);
        socket.Options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.Issuer == api.Authority.Subject;
        socket.Options.CollectHttpResponseDetails = true;
        return socket;
    }

    [Fact]
    public async Task A_watch_sends_each_event_as_it_happens()
    {
        using var client = Client(api.ClientCertificate("admin", "system:masters"));
        using var watch = await client.GetAsync(ConfigMaps + "?watch=true&fieldSelector=metadata.name%3Dwatched", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var lines = new StreamReader(await watch.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        using var created = await client.PostAsync(ConfigMaps, Json("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"watched"}}"""), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var line = (await lines.ReadLineAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal("ADDED watched", $"{JsonNode.Parse(line)!["type"]} {JsonNode.Parse(line)!["object"]!["metadata"]!["name"]}");
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private HttpClient Client(X509Certificate2? certificate, SslProtocols protocols = SslProtocols.None)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.EnabledSslProtocols = protocols;
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { api.Authority },
            RevocationMode = X509RevocationMode.NoCheck,
        };
        if (certificate is not null) handler.SslOptions.ClientCertificates = [certificate];
        return new HttpClient(handler) { BaseAddress = new Uri(api.Address) };
    }
}
