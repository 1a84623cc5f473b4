using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Slipway.ApiServer.Tests.Aggregation;

/// <summary>A server behind an APIService over real HTTPS: it notes what it is asked, and answers with what it is given for the path.</summary>
internal sealed class ExtensionServer : IAsyncDisposable
{
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _certificate;
    private readonly WebApplication _host;

    private ExtensionServer()
    {
        var from = TimeProvider.System.GetUtcNow().AddMinutes(-5);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=extension-ca", key, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = authority.CreateSelfSigned(from, from.AddDays(1));
        _certificate = Issue("ext.default.svc");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
            listen.UseHttps(https =>
            {
                https.ServerCertificate = _certificate;
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.AllowAnyClientCertificate();
            })));
        _host = builder.Build();
        _host.Run(AnswerAsync);
    }

    /// <summary>What it answers, by path.</summary>
    public ConcurrentDictionary<string, string> Answers { get; } = new();

    /// <summary>How it answers by path where that takes more than text; comes before <see cref="Answers"/>.</summary>
    public ConcurrentDictionary<string, RequestDelegate> Handlers { get; } = new();

    /// <summary>What it was asked: method, path and query, who asked, and by whose word.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public string CaBundle => Convert.ToBase64String(Encoding.UTF8.GetBytes(_authority.ExportCertificatePem()));

    public int Port => new Uri(_host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    public static async Task<ExtensionServer> StartAsync()
    {
        var server = new ExtensionServer();
        await server._host.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>A certificate of its authority.</summary>
    public X509Certificate2 Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(_authority, _authority.NotBefore, _authority.NotAfter.AddHours(-1), RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }

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
        var body = await reader.ReadToEndAsync();
        var headers = http.Request.Headers;
        var speaker = (await http.Connection.GetClientCertificateAsync())?.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        Asked.Enqueue($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString} {headers["X-Remote-User"]} [{string.Join('|', headers["X-Remote-Group"].ToArray())}] {string.Join('|', headers["X-Remote-Extra-Example.org%2Ffrom"].ToArray())} by {speaker} {body}".TrimEnd());
        if (Handlers.TryGetValue(http.Request.Path.Value!, out var handler))
        {
            await handler(http);
            return;
        }
        http.Response.StatusCode = Answers.TryGetValue(http.Request.Path.Value!, out var answer) ? 200 : 404;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(answer ?? """{"kind":"Status","apiVersion":"v1","code":404,"message":"not here"}""");
    }
}
