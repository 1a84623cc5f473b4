using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Slipway.ApiServer.Tests.Webhooks;

/// <summary>Admission webhooks over real HTTPS, each at a path of its own.</summary>
internal sealed class WebhookServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Func<JsonObject, HttpContext, Task<string>>> _handlers = new();
    private readonly ConcurrentQueue<JsonObject> _reviews = new();
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _certificate;
    private readonly WebApplication _host;

    private WebhookServer()
    {
        var from = TimeProvider.System.GetUtcNow().AddMinutes(-5);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=webhook-ca", key, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = authority.CreateSelfSigned(from, from.AddDays(1));
        using var serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=webhook", serverKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("hook.default.svc");
        server.CertificateExtensions.Add(names.Build());
        using var issued = server.Create(_authority, from, from.AddHours(12), RandomNumberGenerator.GetBytes(8));
        _certificate = issued.CopyWithPrivateKey(serverKey);

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(_certificate);
        }));
        _host = builder.Build();
        _host.Run(AnswerAsync);
    }

    /// <summary>The authority of its certificate, as <c>caBundle</c> has it.</summary>
    public string CaBundle => Convert.ToBase64String(Encoding.UTF8.GetBytes(_authority.ExportCertificatePem()));

    public int Port => new Uri(_host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    /// <summary>The questions so far, in order.</summary>
    public IReadOnlyList<JsonObject> Reviews => [.. _reviews];

    public static async Task<WebhookServer> StartAsync()
    {
        var server = new WebhookServer();
        await server._host.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public string Url(string path) => $"https://127.0.0.1:{Port}/{path}";

    /// <summary>Answers at a path with a response; its uid is filled in.</summary>
    public void On(string path, Func<JsonObject, JsonObject> respond) => OnRaw(path, (review, _) =>
    {
        var response = respond(review["request"]!.AsObject());
        response["uid"] ??= review["request"]!["uid"]!.ToString();
        return Task.FromResult(new JsonObject { ["apiVersion"] = review["apiVersion"]!.ToString(), ["kind"] = "AdmissionReview", ["response"] = response }.ToJsonString());
    });

    /// <summary>Answers at a path with any text.</summary>
    public void OnRaw(string path, Func<JsonObject, HttpContext, Task<string>> answer) => _handlers[path] = answer;

    public static JsonObject Allow() => new() { ["allowed"] = true };

    public static JsonObject Patch(string operations) => new()
    {
        ["allowed"] = true,
        ["patchType"] = "JSONPatch",
        ["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(operations)),
    };

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _host.StopAsync(limit.Token);
        await _host.DisposeAsync();
        _authority.Dispose();
        _certificate.Dispose();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var review = JsonNode.Parse(await reader.ReadToEndAsync())!.AsObject();
        _reviews.Enqueue(review);
        var answer = await _handlers[http.Request.Path.Value!.TrimStart('/')](review, http);
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(answer);
    }
}
