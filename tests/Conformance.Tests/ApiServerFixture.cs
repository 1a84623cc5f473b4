using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Slipway.ApiServer;
using Slipway.ApiServer.Serving;
using Slipway.Storage;

namespace Slipway.Conformance;

/// <summary>An API server over TLS on loopback with an empty store, and a kubeconfig of its administrator, for the tests of one class.</summary>
public class ApiServerFixture : IAsyncLifetime
{
    private readonly TestPki _pki = new();
    private readonly MemoryStore _store = new();
    private readonly CancellationTokenSource _stop = new();
    private ApiServer.ApiServer? _server;
    private HttpsEndpoint? _endpoint;

    /// <summary>A directory for this class's files, removed at the end.</summary>
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("slipway-conformance-").FullName;

    /// <summary>What the server is told.</summary>
    protected virtual ApiServerOptions Options => new();

    public string Kubeconfig => Path.Combine(Directory, "kubeconfig");

    public string Address => $"https://{_endpoint!.Addresses[0]}";

    public virtual async ValueTask InitializeAsync()
    {
        await StartAsync(0);
        await File.WriteAllTextAsync(Kubeconfig, KubeconfigFor("admin", "system:masters"));
    }

    /// <summary>Replaces the server by a new one over the same store at the same address: every connection breaks, watches among them.</summary>
    /// <remarks>The new one knows nothing of how the state came about: who watches on from an older revision gets 410 and must list anew.</remarks>
    /// <param name="unseen">Changes that are made while nobody can be connected.</param>
    public async Task RestartAsync(Func<IApi, Task>? unseen = null)
    {
        var port = _endpoint!.Addresses[0].Port;
        await _endpoint.DisposeAsync();
        if (unseen is not null) await unseen(_server!.For(new UserInfo("admin", [UserInfo.Masters])));
        await _server!.DisposeAsync();
        await _store.CompactAsync(_store.Revision, _stop.Token);
        await StartAsync(port);
    }

    /// <summary>The API in process, as a component of the cluster.</summary>
    public IApi As(string component) => _server!.For(new UserInfo(component, [UserInfo.Authenticated]));

    /// <summary>The authority that the server's certificate comes from, with its key.</summary>
    public X509Certificate2 Authority => _pki.Authority;

    /// <summary>A certificate of a user, from the authority that the server trusts.</summary>
    public X509Certificate2 ClientCertificate(string user, string? group) => _pki.Client(user, group);

    /// <summary>A kubeconfig of a user.</summary>
    public string KubeconfigFor(string user, string? group)
    {
        using var certificate = _pki.Client(user, group);
        using var key = certificate.GetECDsaPrivateKey()!;
        return $"""
            apiVersion: v1
            kind: Config
            current-context: test
            contexts: [{"{"} name: test, context: {"{"} cluster: test, user: test {"}"} {"}"}]
            clusters: [{"{"} name: test, cluster: {"{"} server: "{Address}", certificate-authority-data: {Encoded(_pki.Authority.ExportCertificatePem())} {"}"} {"}"}]
            users: [{"{"} name: test, user: {"{"} client-certificate-data: {Encoded(certificate.ExportCertificatePem())}, client-key-data: {Encoded(key.ExportPkcs8PrivateKeyPem())} {"}"} {"}"}]

            """;
    }

    /// <summary>Starts a program with the kubeconfig in its environment, whose streams are the caller's.</summary>
    public Process Start(string program, string arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Directory,
        };
        start.Environment["KUBECONFIG"] = Kubeconfig;
        start.Environment["HOME"] = Directory;
        return Process.Start(start)!;
    }

    /// <summary>Runs a program with the kubeconfig in its environment.</summary>
    public async Task<ProgramResult> RunAsync(string program, string arguments, string input = "")
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var process = Start(program, arguments);
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"{program} {arguments} did not end within a minute");
        }
        return new ProgramResult(process.ExitCode, await output, await errors);
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_endpoint is not null) await _endpoint.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
        await _store.DisposeAsync();
        _pki.Dispose();
        _stop.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private async Task StartAsync(int port)
    {
        _server = new ApiServer.ApiServer(_store, Options, TimeProvider.System, NullLoggerFactory.Instance);
        await _server.StartAsync(_stop.Token);
        _endpoint = await _server.ListenAsync(new HttpsOptions
        {
            Addresses = [new IPEndPoint(IPAddress.Loopback, port)],
            ServerCertificate = () => _pki.Server,
            ClientAuthorities = () => [_pki.Authority],
        }, _stop.Token);
    }

    private static string Encoded(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}

/// <summary>How a program ended.</summary>
public sealed record ProgramResult(int Code, string Output, string Errors)
{
    /// <summary>The output of a program that ended well.</summary>
    public string Succeeded()
    {
        Assert.True(Code == 0, $"exit code {Code}\n{Errors}\n{Output}");
        return Output;
    }

    /// <summary>The errors of a program that did not.</summary>
    public string Failed()
    {
        Assert.True(Code != 0, $"should have failed, but ended with 0\n{Output}");
        return Errors;
    }
}
