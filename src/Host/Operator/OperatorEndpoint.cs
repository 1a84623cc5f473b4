using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Flows;

namespace Slipway.Host.Operator;

/// <summary>What the operator that leads serves.</summary>
/// <param name="Gateway">Artifacts, to the pods of tasks.</param>
/// <param name="Ledger">Records of runs, to the API server, which has asked who may read them.</param>
/// <param name="Proxy">Knows the API server.</param>
/// <param name="Hooks">Webhooks of triggers, to whoever knows their secrets.</param>
internal sealed record OperatorServices(ArtifactGateway Gateway, LedgerApi Ledger, FrontProxy Proxy, TriggerHooks Hooks);

/// <summary>The HTTPS address of an operator. It tells that it is well all the time; for the rest it answers while it leads.</summary>
internal sealed class OperatorEndpoint : IAsyncDisposable
{
    /// <summary>So many questions of admission are read at once: anyone may ask them, and each may take megabytes.</summary>
    internal const int AdmissionsAtOnce = 8;

    /// <summary>How long a question of admission may take to arrive.</summary>
    internal static readonly TimeSpan AdmissionPatience = TimeSpan.FromSeconds(10);

    private readonly WebApplication _host;
    private readonly TimeProvider _clock;
    private readonly string? _user;
    private readonly SemaphoreSlim _admissions = new(AdmissionsAtOnce);
    private volatile OperatorServices? _services;

    private OperatorEndpoint(WebApplication host, string? user, TimeProvider clock) => (_host, _user, _clock) = (host, user, clock);

    /// <summary>What it serves; null while another leads.</summary>
    public OperatorServices? Services
    {
        get => _services;
        set => _services = value;
    }

    /// <summary>Listens.</summary>
    /// <param name="address">Where.</param>
    /// <param name="certificate">Its certificate.</param>
    /// <param name="user">The user as whom the operator writes, as the cluster knows it; null if it does not say.</param>
    /// <param name="clock">The time.</param>
    /// <param name="logs">Where failures are reported.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">The address cannot be listened on.</exception>
    public static async Task<OperatorEndpoint> StartAsync(IPEndPoint address, X509Certificate2 certificate, string? user, TimeProvider clock, ILoggerFactory logs, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;       // artifacts
            kestrel.Limits.MinRequestBodyDataRate = null;   // the pod's own connection paces them
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(address, listen => listen.UseHttps(https =>
            {
                https.ServerCertificate = certificate;
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.AllowAnyClientCertificate();   // what it counts for is decided by request
            }));
        });
        var endpoint = new OperatorEndpoint(builder.Build(), user, clock);
        endpoint._host.Run(endpoint.HandleAsync);
        await endpoint._host.StartAsync(cancellation);
        return endpoint;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _host.StopAsync(limit.Token);
        await _host.DisposeAsync();
        _admissions.Dispose();
    }

    private async Task HandleAsync(HttpContext http)
    {
        var ended = http.RequestAborted;
        try
        {
            await using var answer = await AnswerAsync(http, ended);
            http.Response.StatusCode = answer.StatusCode;
            http.Response.ContentType = answer.ContentType;
            foreach (var (name, value) in answer.Headers) http.Response.Headers.Append(name, value);
            if (answer.Stream is { } stream) await stream.CopyToAsync(http.Response.Body, ended);
            else
            {
                http.Response.ContentLength = answer.Body.Length;
                await http.Response.Body.WriteAsync(answer.Body, ended);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The client has gone.
        }
        catch (IOException) when (http.Response.HasStarted)
        {
            http.Abort();   // what was read is damaged, or the client has gone: it must not look complete
        }
    }

    private async ValueTask<ApiResponse> AnswerAsync(HttpContext http, CancellationToken cancellation)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target == "/healthz") return Text(200, "ok");
        switch (target.Split('?')[0])
        {
            case KindAdmission.Path:
                return await AdmitAsync(http.Request, KindAdmission.Answer, cancellation);
            case KindAdmission.AuthorsPath:
                return await AdmitAsync(http.Request, body => KindAdmission.AnswerAuthors(body, _user, _clock.GetUtcNow()), cancellation);
        }
        if (Services is not { } services) return Text(503, "another operator leads");
        var request = new ApiRequest(http.Request.Method, target)
        {
            Stream = http.Request.Body,
            Headers = [.. http.Request.Headers.Select(header => KeyValuePair.Create(header.Key, header.Value.ToString()))],
        };
        if (target.StartsWith(ArtifactGateway.PathPrefix, StringComparison.Ordinal)) return await services.Gateway.SendAsync(request, cancellation);
        if (target.StartsWith(TriggerHooks.PathPrefix + "/", StringComparison.Ordinal)) return await services.Hooks.SendAsync(request, cancellation);
        if (!LedgerApi.Serves(target)) return Text(404, "not found");
        try
        {
            return await services.Proxy.IsAsync(http.Connection.ClientCertificate, cancellation)
                ? await services.Ledger.SendAsync(request, cancellation)
                : Text(401, "ask the API server of the cluster");
        }
        catch (Exception e) when (e is ApiException or IOException)
        {
            return Text(503, e.Message);
        }
    }

    private async ValueTask<ApiResponse> AdmitAsync(HttpRequest request, Func<ReadOnlySpan<byte>, JsonObject> answer, CancellationToken cancellation)
    {
        if (request.ContentLength > KindAdmission.BodyLimit) return Text(413, $"a question takes {KindAdmission.BodyLimit} bytes");
        if (!await _admissions.WaitAsync(TimeSpan.Zero, cancellation)) return Text(503, $"{AdmissionsAtOnce} others are asking; ask again");
        using var limit = new CancellationTokenSource(AdmissionPatience, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            var review = answer((await BoundedBody.ReadAsync(request.Body, KindAdmission.BodyLimit, either.Token)).Span);
            return new() { StatusCode = 200, Body = Encoding.UTF8.GetBytes(review.ToJsonString()) };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Text(408, $"the question did not arrive within {AdmissionPatience.TotalSeconds:0} seconds");
        }
        catch (Exception e) when (e is ApiException or IOException)
        {
            return Text(400, e.Message);
        }
        finally
        {
            _admissions.Release();
        }
    }

    private static ApiResponse Text(int code, string text) => new() { StatusCode = code, ContentType = MediaTypes.Text, Body = Encoding.UTF8.GetBytes(text) };

    // Signals are the program's business, not the endpoint's.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
