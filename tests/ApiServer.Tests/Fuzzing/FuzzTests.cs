using System.Net;
using System.Security.Cryptography.X509Certificates;
using Slipway.Api;
using Slipway.ApiServer.Serving;
using Slipway.Fuzzing;
using Slipway.Fuzzing.Running;
using Slipway.Storage;
using Slipway.Testing;

namespace Slipway.ApiServer.Tests.Fuzzing;

/// <summary>A short run of the fuzzer over HTTPS on loopback; <c>bench/Fuzz</c> is the long one. A failure names its seeds.</summary>
public sealed class FuzzTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Whatever_is_sent_is_answered_and_never_with_a_500()
    {
        var tally = await RunAsync(1, 5_000);
        Assert.Equal(5_000, tally.Done);
        // The fuzzer must reach beyond the parsers: some of what it sends is accepted.
        Assert.InRange(tally.Counts.Where(c => c.Key.Status is >= 200 and < 300).Sum(c => c.Value), 500, 4_000);
        Assert.Equal(FuzzCases.Names.Order(), tally.Counts.Keys.Select(k => k.Generator).Distinct().Order());
    }

    [Fact]
    public void The_same_seed_gives_the_same_case()
    {
        for (var seed = 1; seed <= 300; seed++) Assert.Equal(FuzzCases.Of(seed).ToString(), FuzzCases.Of(seed).ToString());
    }

    private static async Task<Tally> RunAsync(int first, int count)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var directory = new TemporaryDirectory();
        var pki = ProcessPki.Create(directory.Path);
        using var own = X509Certificate2.CreateFromPemFile(pki.Server.Certificate, pki.Server.Key);
        using var client = X509Certificate2.CreateFromPemFile(pki.Client.Certificate, pki.Client.Key);
        using var authority = X509CertificateLoader.LoadCertificateFromFile(pki.Authority);
        using var logs = new ErrorLog();
        await using var store = new MemoryStore();
        await using var server = new ApiServer(store, new ApiServerOptions { Nodes = new Nowhere(), ServiceAccounts = true }, TimeProvider.System, logs);
        await server.StartAsync(cancellation);
        await using var endpoint = await server.ListenAsync(new HttpsOptions { Addresses = [new(IPAddress.Loopback, 0)], ServerCertificate = () => own, ClientAuthorities = () => [authority] }, cancellation);

        var stage = new Stage(server.For(TestApi.Admin));
        await stage.SetUpAsync(cancellation);
        var before = await stage.CountAsync(cancellation);
        var tally = new Tally();
        await new FuzzRun(new FuzzTarget(endpoint.Addresses[0], authority, client), TimeProvider.System, Deadline).RunAsync(first, count, 8, tally, cancellation);

        Assert.True(tally.Findings.Count == 0 && logs.Errors.IsEmpty, Report(tally, logs));
        await stage.RestoreAsync(cancellation);
        // The fuzzer may have deleted what the server began with, but nothing of its own is left.
        Assert.InRange(await stage.CountAsync(cancellation), 1, before);
        return tally;
    }

    // One of each kind of fault, since many are the same.
    private static string Report(Tally tally, ErrorLog logs) => string.Join("\n\n",
        [.. tally.Findings.GroupBy(f => f.Fault).Select(g => $"{g.Count()} times: {g.First()}"), .. logs.Errors.GroupBy(e => e.Split('\n').ElementAtOrDefault(1)).Select(g => g.First())]);

    // Nodes that answer whatever they are asked.
    private sealed class Nowhere : INodeTransport
    {
        public ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation) =>
            ValueTask.FromResult(new ApiResponse { StatusCode = 200, ContentType = MediaTypes.Text, Body = "log\n"u8.ToArray() });
    }

    private sealed class TemporaryDirectory : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("slipway-fuzz-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
