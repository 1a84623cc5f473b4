using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Cli;
using Slipway.Flows;
using Slipway.Host.Pki;

namespace Slipway.Host.Operator;

/// <summary>What anyone may ask of an operator, with a clock that only the test moves.</summary>
public sealed class OperatorEndpointTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow()); // certificates are judged by the system's clock
    private readonly X509Certificate2 _authority = CertificateAuthority.CreateAuthority("test", TimeProvider.System.GetUtcNow());
    private readonly List<IDisposable> _open = [];
    private OperatorEndpoint _endpoint = null!;
    private int _port;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using (var socket = new TcpListener(IPAddress.Loopback, 0))
        {
            socket.Start();
            _port = ((IPEndPoint)socket.LocalEndpoint).Port;
        }

        var certificate = CertificateAuthority.IssueServer(_authority, "server", [], [IPAddress.Loopback], TimeProvider.System.GetUtcNow());
        _open.Add(certificate);
        _endpoint = await OperatorEndpoint.StartAsync(new(IPAddress.Loopback, _port), certificate, "operator", _clock, NullLoggerFactory.Instance, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _open.Reverse();
        _open.ForEach(one => one.Dispose());
        await _endpoint.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task Too_large_a_question_is_refused_before_it_is_read() =>
        Assert.Equal("HTTP/1.1 413 Payload Too Large", await AnswerAsync(await AskAsync(KindAdmission.BodyLimit + 1)));

    [Fact]
    public async Task So_many_ask_at_once_and_for_so_long()
    {
        var slow = new List<StreamReader>();
        for (var i = 0; i < OperatorEndpoint.AdmissionsAtOnce; i++)
        {
            // That it goes on to read is said to who asks for it.
            slow.Add(await AskAsync(100, "", "Expect: 100-continue\r\n"));
            Assert.Equal("HTTP/1.1 100 Continue", await AnswerAsync(slow[i]));
            Assert.Equal("", await AnswerAsync(slow[i]));
        }

        Assert.Equal("HTTP/1.1 503 Service Unavailable", await AnswerAsync(await AskAsync(2, "[]")));
        _clock.Advance(OperatorEndpoint.AdmissionPatience);
        foreach (var one in slow)
            Assert.Equal("HTTP/1.1 408 Request Timeout", await AnswerAsync(one));
        Assert.Equal("HTTP/1.1 400 Bad Request", await AnswerAsync(await AskAsync(2, "[]")));
    }

    [Theory]
    [InlineData("/openapi/v2")]
    [InlineData("/openapi/v3")]
    [InlineData("/openapi/v3/apis/ledger.slipway.dev/v1alpha1")]
    public async Task What_the_ledger_says_of_itself_is_for_the_API_server(string path)
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await GetAsync(path, null)); // while another leads
        var proxy = new FrontProxy(new Configured(_authority.ExportCertificatePem()), _clock);
        // Of records and artifacts nothing is asked.
        _endpoint.Services = new OperatorServices(null!, new LedgerApi(null!, null!), proxy, null!);
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(path, null));
        using var front = CertificateAuthority.IssueClient(_authority, "front", "g", _clock.GetUtcNow());
        Assert.Equal(HttpStatusCode.OK, await GetAsync(path, front));
    }

    [Fact]
    public async Task That_a_log_is_cut_is_said()
    {
        using var directory = new TemporaryDirectory();
        var store = new ArtifactStore(directory["artifacts"]);
        store.Prepare();
        await using var ledger = Ledger.Open(directory["ledger.db"]);
        using var log = new MemoryStream();
        await using (var zip = new GZipStream(log, CompressionMode.Compress, leaveOpen: true))
            zip.Write("the end\n"u8);
        var run = new RunRecord { Uid = "u1", Namespace = "default", Name = "r", Flow = "f", Params = "{}", Phase = "Running", Message = "", Start = _clock.GetUtcNow() };
        await ledger.CommitAsync(new LedgerWrite(run, [], []), Cancellation);
        await ledger.KeepAsync(run, TaskPath.TryParse("clean")!, 1, new LogRecord(await store.WriteAsync(log.ToArray(), Cancellation), log.Length, IsCut: true), Cancellation);
        _endpoint.Services = new OperatorServices(null!, new LedgerApi(ledger, store), new FrontProxy(new Configured(_authority.ExportCertificatePem()), _clock), null!);
        using var front = CertificateAuthority.IssueClient(_authority, "front", "g", _clock.GetUtcNow());

        using var answer = await AnswerAsync($"{LedgerApi.PathPrefix}/namespaces/default/runs/r/logs/clean", front);

        Assert.Equal("the end\n", await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("299 - \"what was written before this is not kept\"", Assert.Single(answer.Headers.NonValidated["Warning"]));
    }

    private async Task<HttpStatusCode> GetAsync(string path, X509Certificate2? certificate)
    {
        using var answer = await AnswerAsync(path, certificate);
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> AnswerAsync(string path, X509Certificate2? certificate)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(_authority);
        using var client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust, ClientCertificates = certificate is null ? [] : [certificate] },
        });
        return await client.GetAsync(new Uri($"https://127.0.0.1:{_port}{path}"), Cancellation);
    }

    [Theory]
    [InlineData("lineagesinks", 404, "the cluster has no kind LineageSink; run \"slipway install\" of this version first")]
    [InlineData("flowbackfills", 403, "objects of kind FlowBackfill cannot be listed (code 403); the rights that an operator needs come with \"slipway install\" of this version")]
    public async Task What_an_older_installation_lacks_is_told(string plural, int code, string message)
    {
        var refusal = await Assert.ThrowsAsync<CommandException>(() => OperatorRole.RequireKindsAsync(new Lacking(plural, code), Cancellation));
        Assert.Equal(message, refusal.Message);
        await OperatorRole.RequireKindsAsync(new Lacking("", code), Cancellation);
    }

    private async Task<StreamReader> AskAsync(int length, string body = "", string headers = "")
    {
        var client = new TcpClient();
        _open.Add(client);
        await client.ConnectAsync(IPAddress.Loopback, _port, Cancellation);
        var stream = new SslStream(client.GetStream());
        _open.Add(stream);
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(_authority);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "127.0.0.1", CertificateChainPolicy = trust }, Cancellation);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST {KindAdmission.Path} HTTP/1.1\r\nHost: operator\r\nContent-Length: {length}\r\n{headers}\r\n{body}"), Cancellation);
        var reader = new StreamReader(stream, Encoding.ASCII);
        _open.Add(reader);
        return reader;
    }

    private static async Task<string> AnswerAsync(StreamReader reader) => await reader.ReadLineAsync(Cancellation) ?? "";

    /// <summary>A cluster that says whom servers behind APIServices are to believe.</summary>
    private sealed class Configured(string authority) : IApi
    {
        public ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation) => ValueTask.FromResult(new ApiResponse
        {
            StatusCode = 200,
            Body = Encoding.UTF8.GetBytes(new JsonObject { ["data"] = new JsonObject { ["requestheader-client-ca-file"] = authority, ["requestheader-allowed-names"] = "[\"front\"]" } }.ToJsonString()),
        });
    }

    /// <summary>A cluster that refuses to list one resource.</summary>
    private sealed class Lacking(string plural, int code) : IApi
    {
        public ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation) =>
            ValueTask.FromResult(new ApiResponse { StatusCode = plural.Length > 0 && request.PathAndQuery.EndsWith($"/{plural}?limit=1", StringComparison.Ordinal) ? code : 200 });
    }
}
