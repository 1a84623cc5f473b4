using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Slipway.Node.Probes.Wire;

namespace Slipway.Node.Tests.Real;

/// <summary>A server that probes ask: HTTP with redirects and refusals, HTTPS with a certificate that nobody signed, gRPC's health protocol.</summary>
internal sealed class ProbedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly X509Certificate2 _certificate;

    private ProbedServer(WebApplication app, X509Certificate2 certificate) => (_app, _certificate) = (app, certificate);

    public ConcurrentBag<string> Seen { get; } = [];
    public int Http { get; private set; }
    public int Https { get; private set; }
    public int Grpc { get; private set; }

    public static async Task<ProbedServer> StartAsync()
    {
        using var key = ECDsa.Create();
        var certificate = new CertificateRequest("CN=nobody", key, HashAlgorithmName.SHA256).CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, o => o.UseHttps(certificate));
            kestrel.Listen(IPAddress.Loopback, 0, o => o.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        var server = new ProbedServer(app, certificate);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        int[] ports = [.. app.Urls.Select(u => new Uri(u).Port)];
        (server.Http, server.Https, server.Grpc) = (ports[0], ports[1], ports[2]);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        Seen.Add($"{request.Path} {request.Host} {request.Headers["X-Who"]} {request.Headers.UserAgent} {request.Headers.Accept}");
        switch (request.Path.Value)
        {
            case "/hop":
                context.Response.Redirect("/ok");
                break;
            case "/away":
                context.Response.StatusCode = 302;
                context.Response.Headers.Location = "http://elsewhere.invalid/";
                await context.Response.WriteAsync("elsewhere");
                break;
            case "/bad":
                context.Response.StatusCode = 503;
                break;
            case "/slow":
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case "/grpc.health.v1.Health/Check":
                await CheckAsync(context);
                break;
        }
    }

    // A message of gRPC: a byte for compression, four for the length, then the content; the status comes in the trailers.
    private static async Task CheckAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var asked = HealthCheckRequest.Parser.ParseFrom(body.ToArray().AsSpan(5));
        var answer = new HealthCheckResponse
        {
            Status = asked.Service == "sick" ? HealthCheckResponse.Types.ServingStatus.NotServing : HealthCheckResponse.Types.ServingStatus.Serving,
        }.ToByteArray();
        context.Response.ContentType = "application/grpc";
        context.Response.DeclareTrailer("grpc-status");
        await context.Response.Body.WriteAsync((byte[])[0, 0, 0, 0, (byte)answer.Length, .. answer]);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
