using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.AspNetCore.Hosting.Server;
using Slipway.Api;

namespace Slipway.Client.Tests.Https;

public sealed class HttpsApiTests : IAsyncLifetime
{
    private readonly X509Certificate2 _authority = Authority("test authority");
    private WebApplication _server = null!;
    private KubeconfigContext _context = null!;

    public async ValueTask InitializeAsync()
    {
        var serving = Issued(_authority, "server");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(https =>
            {
                https.ServerCertificate = serving;
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.ClientCertificateValidation = (certificate, _, _) => certificate.Issuer == _authority.Subject;
            });
        }));
        _server = builder.Build();
        _server.UseWebSockets();
        _server.Run(HandleAsync);
        await _server.StartAsync();
        var client = Issued(_authority, "admin");
        _context = new()
        {
            Name = "test",
            Server = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(),
            CertificateAuthority = _authority.ExportCertificatePem(),
            ClientCertificate = client.ExportCertificatePem(),
            ClientKey = client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task The_client_certificate_and_all_of_a_request_arrive_by_http_2()
    {
        using var api = new HttpsApi(_context);
        await using var response = await api.SendAsync(new("PATCH", "/echo?a=b%2Fc") { Body = "{}"u8.ToArray(), ContentType = MediaTypes.ApplyPatch, Accept = "x/y", UserAgent = "me" }, default);
        Assert.Equal(201, response.StatusCode);
        Assert.Equal("CN=admin HTTP/2 PATCH /echo?a=b%2Fc application/apply-patch+yaml x/y me {}", System.Text.Encoding.UTF8.GetString(response.Body.Span));
        Assert.Contains(response.Headers, header => header is { Key: "Warning", Value: "careful" });
    }

    [Fact]
    public async Task A_watch_arrives_as_it_happens()
    {
        using var api = new HttpsApi(_context);
        var seen = new List<string>();
        await foreach (var change in api.WatchAsync(Kinds.ConfigMaps, "a", new()))
            seen.Add(change.Object!.Metadata.Name);
        Assert.Equal(["one", "two"], seen);
    }

    [Fact]
    public async Task A_connection_is_switched_and_has_what_both_sides_write()
    {
        using var api = new HttpsApi(_context);
        await using var command = await api.ExecAsync("a", "p", "c", ["echo"], TestContext.Current.CancellationToken);
        await command.WriteAsync("hello"u8.ToArray(), TestContext.Current.CancellationToken);
        using var copy = new MemoryStream();
        await command.CopyToAsync(copy, TestContext.Current.CancellationToken);
        Assert.Equal("CN=admin v5.channel.k8s.io, v4.channel.k8s.io hello", System.Text.Encoding.UTF8.GetString(copy.ToArray()));
    }

    [Fact]
    public async Task A_refusal_is_an_exception_with_its_status()
    {
        using var api = new HttpsApi(_context);
        var refusal = await Assert.ThrowsAsync<ApiException>(() => api.CreateAsync(Kinds.ConfigMaps, new k8s.Models.V1ConfigMap { Metadata = new() { Name = "x" } }).AsTask());
        Assert.Equal((422, "Invalid", "ConfigMap", "x"), (refusal.Code, refusal.Reason, refusal.Kind, refusal.Name));
        Assert.Equal(new StatusCause("FieldValueInvalid", "data", "no good"), Assert.Single(refusal.Causes));
        Assert.Null(await api.GetAsync(Kinds.ConfigMaps, "a", "absent"));
    }

    [Fact]
    public async Task A_server_of_another_authority_is_not_trusted()
    {
        using var other = Authority("another authority");
        using var api = new HttpsApi(_context with { CertificateAuthority = other.ExportCertificatePem() });
        await Assert.ThrowsAsync<IOException>(() => api.SendAsync(new("GET", "/echo"), default).AsTask());
    }

    [Fact]
    public async Task No_header_can_begin_another()
    {
        const string value = "x\r\nImpersonate-Group: system:masters";
        using var api = new HttpsApi(_context);
        using var other = new HttpsApi(_context with { Token = value });
        var request = new ApiRequest("POST", "/echo") { Body = "{}"u8.ToArray() };
        await RefusedAsync(api, "Accept", request with { Accept = value });
        await RefusedAsync(api, "User-Agent", request with { UserAgent = value });
        await RefusedAsync(api, "Content-Type", request with { ContentType = value });
        await RefusedAsync(api, "Impersonate-User", request with { ActAs = value });
        await RefusedAsync(api.ActingAs("default", value), "Impersonate-User", request);
        await RefusedAsync(other, "Authorization", request);

        static async Task RefusedAsync(IApi by, string header, ApiRequest request)
        {
            var refusal = await Assert.ThrowsAsync<ApiException>(() => by.SendAsync(request, default).AsTask());
            Assert.Equal((400, $"the header {header} cannot hold line breaks and other control characters"), (refusal.Code, refusal.Message));
        }
    }

    [Fact]
    public async Task A_token_is_read_from_its_file_for_each_request()
    {
        var file = Path.GetTempFileName();
        using var api = new HttpsApi(_context with { TokenFile = file });
        foreach (var token in new[] { "one", "two" })
        {
            await File.WriteAllTextAsync(file, token + "\n", TestContext.Current.CancellationToken);
            Assert.Equal($"Bearer {token}", System.Text.Encoding.UTF8.GetString((await api.SendForBodyAsync(new("GET", "/token"), TestContext.Current.CancellationToken)).Span));
        }
        File.Delete(file);
        await Assert.ThrowsAnyAsync<IOException>(() => api.SendAsync(new("GET", "/token"), default).AsTask());
    }

    [Fact]
    public async Task Whom_a_caller_acts_as_is_said()
    {
        using var api = new HttpsApi(_context);
        Assert.Equal("system:serviceaccount:a:robot", System.Text.Encoding.UTF8.GetString((await api.ActingAs("a", "robot").SendForBodyAsync(new("GET", "/who"), TestContext.Current.CancellationToken)).Span));
        Assert.Equal("", System.Text.Encoding.UTF8.GetString((await api.SendForBodyAsync(new("GET", "/who"), TestContext.Current.CancellationToken)).Span));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named()
    {
        using var api = new HttpsApi(_context with { Server = "https://127.0.0.1:1" });
        var error = await Assert.ThrowsAsync<IOException>(() => api.SendAsync(new("GET", "/"), default).AsTask());
        Assert.Contains("https://127.0.0.1:1/", error.Message);
    }

    private static async Task HandleAsync(HttpContext http)
    {
        switch (http.Request.Path.Value)
        {
            case "/echo":
                using (var body = new StreamReader(http.Request.Body))
                {
                    http.Response.StatusCode = 201;
                    http.Response.Headers["Warning"] = "careful";
                    var request = http.Request;
                    await http.Response.WriteAsync($"{http.Connection.ClientCertificate?.Subject} {request.Protocol} {request.Method} {request.Path}{request.QueryString} "
                        + $"{request.ContentType} {request.Headers.Accept} {request.Headers.UserAgent} {await body.ReadToEndAsync()}");
                }
                break;
            case "/who":
                await http.Response.WriteAsync(http.Request.Headers["Impersonate-User"].ToString());
                break;
            case "/token":
                await http.Response.WriteAsync(http.Request.Headers.Authorization.ToString());
                break;
            case "/api/v1/namespaces/a/configmaps":
                foreach (var name in new[] { "one", "two" })
                {
                    await http.Response.WriteAsync($$$"""{"type":"ADDED","object":{"metadata":{"name":"{{{name}}}"} } }""" + "\n");
                    await http.Response.Body.FlushAsync();
                }
                break;
            case "/api/v1/namespaces/a/pods/p/exec":
                var who = $"{http.Connection.ClientCertificate?.Subject} {http.Request.Headers.SecWebSocketProtocol} ";
                using (var socket = await http.WebSockets.AcceptWebSocketAsync("v5.channel.k8s.io"))
                {
                    var buffer = new byte[100];
                    var message = await socket.ReceiveAsync(buffer, default);
                    await socket.SendAsync((byte[])[1, .. System.Text.Encoding.UTF8.GetBytes(who), .. buffer[1..message.Count]], WebSocketMessageType.Binary, true, default);
                    await socket.SendAsync((byte[])[3, .. """{"status":"Success"}"""u8], WebSocketMessageType.Binary, true, default);
                    await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", default);
                }
                break;
            case "/api/v1/configmaps":
                http.Response.StatusCode = 422;
                await http.Response.WriteAsync("""{"kind":"Status","code":422,"reason":"Invalid","message":"m","details":{"kind":"ConfigMap","name":"x","causes":[{"reason":"FieldValueInvalid","message":"no good","field":"data"}]}}""");
                break;
            default:
                http.Response.StatusCode = 404;
                break;
        }
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }

    private static X509Certificate2 Issued(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(authority, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(150), RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}
