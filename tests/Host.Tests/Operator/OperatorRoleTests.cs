using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slipway.Api;
using Slipway.ApiServer;
using Slipway.ApiServer.Serving;
using Slipway.Cli;
using Slipway.Cli.Manifests;
using Slipway.Client;
using Slipway.Flows;
using Slipway.Host.Pki;
using Slipway.Storage;

namespace Slipway.Host.Operator;

/// <summary>Two operators over HTTPS, as strangers with just the rights of an installation; the test plays the nodes.</summary>
public sealed class OperatorRoleTests : IAsyncLifetime
{
    private const string Ns = "slipway-system";
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const string Flow = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f, namespace: default }
        spec:
          defaults: { image: "x:1" }
          tasks:
            - { name: a, command: [a], outputs: { files: { f: /out/f.bin } } }
            - { name: db, command: [db], service: { port: 5432 } }
            - { name: b, command: [b, "${{ tasks.db.address }}"], inputs: { raw: "${{ tasks.a.files.f }}" } }
        """;

    private readonly TemporaryDirectory _directory = new();
    private readonly MemoryStore _store = new();
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow()); // certificates are judged by the system's clock
    private readonly X509Certificate2 _authority = CertificateAuthority.CreateAuthority("test", TimeProvider.System.GetUtcNow());
    private readonly CancellationTokenSource _end = new();
    private readonly List<Candidate> _candidates = [];
    private ApiServer.ApiServer _server = null!;
    private HttpsEndpoint _endpoint = null!;

    private IApi Admin => _server.For(new("admin", [UserInfo.Masters, UserInfo.Authenticated]));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = new(_store, new() { ServiceAccounts = true }, _clock, NullLoggerFactory.Instance);
        await _server.StartAsync(Cancellation);
        var certificate = CertificateAuthority.IssueServer(_authority, "server", [], [IPAddress.Loopback], TimeProvider.System.GetUtcNow());
        _endpoint = await _server.ListenAsync(new() { Addresses = [new(IPAddress.Loopback, 0)], ServerCertificate = () => certificate, ClientAuthorities = () => [_authority] }, Cancellation);
        await PostAsync("/api/v1/namespaces/default/serviceaccounts", """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default"}}""");
        var application = new Application(new ApiConnection(Admin, "default"), force: true);
        foreach (var document in InstallDocuments.For(new(Ns, "slipway:1", 1, "1Gi", null, "ReadWriteOnce", HasDeployment: false)))
            await application.ApplyAsync(new Manifest("install", document), Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (var candidate in _candidates) await candidate.Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _endpoint.DisposeAsync();
        await _server.DisposeAsync();
        await _store.DisposeAsync();
        _authority.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_flow_passes_its_files_and_its_failure_is_recorded_by_whoever_leads_then()
    {
        var leader = await StartAsync("one");
        await UntilAsync(async () => (await HolderAsync()) == leader.Name);
        await StartAsync("two");
        await ApplyAsync(Flow);
        await ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");

        // What a leaves goes by the relay's socket to the operator.
        var a = await PodAsync("a");
        using var gateway = await GatewayAsync(a, leader);
        var content = RandomNumberGenerator.GetBytes(300_000);
        var sha256 = await LeaveAsync(gateway, content);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), sha256);
        await EndAsync(a, 0, new() { ["f"] = new JsonObject { ["sha256"] = sha256, ["size"] = content.Length, ["fileName"] = "f.bin" } });

        // And from there to b, which begins when db is ready, and ends when the leader has been killed.
        var db = await PodAsync("db");
        Assert.NotNull(await ReadAsync($"/api/v1/namespaces/default/services/{db["spec"]!["subdomain"]}"));
        await PatchStatusAsync(db, new JsonObject { ["phase"] = "Running", ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }) });
        var b = await PodAsync("b");
        using (var inputs = await GatewayAsync(b, leader))
            await PodPreparation.FetchInputsAsync(inputs, _directory["in"], _clock, NullLogger.Instance, Cancellation);
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(_directory["in"], "raw"), Cancellation));
        await leader.KillAsync();
        await EndAsync(b, 3, []);
        await UntilAsync(async () => (string?)(await ReadAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flowruns/f-1"))?["status"]?["phase"] == "Failed");
        Assert.Equal(_candidates[1].Name, await HolderAsync());
        var run = await ReadAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flowruns/f-1");
        Assert.Contains("b ended with exit code 3", (string?)run!["status"]!["message"], StringComparison.Ordinal);

        // The Service leads to the one that leads, and the API server knows its authority.
        var slice = (await ReadAsync($"/apis/discovery.k8s.io/v1/namespaces/{Ns}/endpointslices/slipway-operator"))!;
        Assert.Equal(("10.1.2.3", _candidates[1].Port), (slice["endpoints"]![0]!["addresses"]![0]!.ToString(), slice["ports"]![0]!["port"]!.GetValue<int>()));
        var bundle = (string?)(await ReadAsync($"/apis/apiregistration.k8s.io/v1/apiservices/{OperatorPresence.LedgerService}"))!["spec"]!["caBundle"];
        Assert.Equal(EnvironmentOf(b, GatewayDelivery.AuthorityVariable), Encoding.UTF8.GetString(Convert.FromBase64String(bundle!)));
        foreach (var (plural, asked) in new[] { ("validatingwebhookconfigurations", KindAdmission.Path), ("mutatingwebhookconfigurations", KindAdmission.AuthorsPath) })
        {
            var webhook = (await ReadAsync($"/apis/admissionregistration.k8s.io/v1/{plural}/slipway-operator"))!["webhooks"]![0]!;
            Assert.Equal((bundle, asked, Ns), (webhook["clientConfig"]!["caBundle"]!.ToString(), webhook["clientConfig"]!["service"]!["path"]!.ToString(), webhook["clientConfig"]!["service"]!["namespace"]!.ToString()));
        }
    }

    [Fact]
    public async Task Records_are_shown_to_the_API_server_alone_and_only_the_leader_has_them()
    {
        var leader = await StartAsync("one");
        await UntilAsync(async () => (await HolderAsync()) == leader.Name);
        var other = await StartAsync("two");
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.ImportFromPem(Encoding.UTF8.GetString(Convert.FromBase64String((await ReadAsync($"/api/v1/namespaces/{Ns}/secrets/slipway-operator"))!["data"]!["ca.crt"]!.ToString())));
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = new() { CertificateChainPolicy = trust } });
        var path = "/apis/ledger.slipway.dev/v1alpha1/namespaces/default/runs";
        await UntilAsync(async () => (await http.GetAsync($"https://127.0.0.1:{leader.Port}{path}", Cancellation)).StatusCode == HttpStatusCode.Unauthorized);
        await UntilAsync(IsWellAsync);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync($"https://127.0.0.1:{other.Port}{path}", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"https://127.0.0.1:{leader.Port}/metrics", Cancellation)).StatusCode);

        // Whether a flow is sound any operator can say, to anyone.
        var question = new StringContent("""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","object":{"kind":"Flow","metadata":{"name":"f"},"spec":{"tasks":[{"name":"a","needs":["a"]}]}}}}""");
        using (var answer = await http.PostAsync($"https://127.0.0.1:{leader.Port}{KindAdmission.Path}?timeout=5s", question, Cancellation))
            Assert.Contains("\"allowed\":false", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        // And who has started a run, but for those that the operators start themselves.
        foreach (var (user, signed) in new[] { ("anna", true), ($"system:serviceaccount:{Ns}:slipway-operator", false) })
        {
            var run = new StringContent($$$"""{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","userInfo":{"username":"{{{user}}}"},"object":{"kind":"FlowRun","metadata":{"name":"r"},"spec":{"flow":"f"} } } }""");
            using var answer = await http.PostAsync($"https://127.0.0.1:{leader.Port}{KindAdmission.AuthorsPath}?timeout=5s", run, Cancellation);
            Assert.Equal(signed, (await answer.Content.ReadAsStringAsync(Cancellation)).Contains("JSONPatch", StringComparison.Ordinal));
        }

        using (var answer = await http.PostAsync($"https://127.0.0.1:{other.Port}{KindAdmission.Path}", new StringContent("[]"), Cancellation))
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);

        async Task<bool> IsWellAsync()
        {
            try
            {
                return (await http.GetAsync($"https://127.0.0.1:{other.Port}/healthz", Cancellation)).StatusCode == HttpStatusCode.OK;
            }
            catch (HttpRequestException)
            {
                return false; // it does not listen yet
            }
        }
    }

    private async Task<Candidate> StartAsync(string name)
    {
        var token = (await PostAsync($"/api/v1/namespaces/{Ns}/serviceaccounts/slipway-operator/token", """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":86400}}"""))["status"]!["token"]!.ToString();
        var api = new Line(new HttpsApi(new() { Name = name, Server = $"https://{_endpoint.Addresses[0]}", CertificateAuthority = _authority.ExportCertificatePem(), Token = token }));
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        var port = ((IPEndPoint)socket.LocalEndpoint).Port;
        socket.Stop();
        var options = new OperatorOptions
        {
            Namespace = Ns,
            DataDirectory = Directory.CreateDirectory(_directory["data"]).FullName,
            Image = "slipway:1",
            Listen = new(IPAddress.Loopback, port),
            Advertise = new(IPAddress.Parse("10.1.2.3"), port),
            Candidate = name,
        };
        var stop = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        var candidate = new Candidate(name, port, api, stop, Task.Run(() => OperatorRole.RunAsync(options, api, _clock, NullLoggerFactory.Instance, stop.Token), Cancellation));
        _candidates.Add(candidate);
        return candidate;
    }

    private async Task<GatewayClient> GatewayAsync(JsonNode pod, Candidate operated)
    {
        var account = "/api/v1/namespaces/default/serviceaccounts/default/token";
        var spec = new JsonObject
        {
            ["audiences"] = new JsonArray(GatewayDelivery.Audience),
            ["boundObjectRef"] = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["name"] = Name(pod), ["uid"] = pod["metadata"]!["uid"]!.ToString() },
        };
        var token = (await PostAsync(account, new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenRequest", ["spec"] = spec }.ToJsonString()))["status"]!["token"]!.ToString();
        var file = _directory[$"token-{Name(pod)}"];
        await File.WriteAllTextAsync(file, token, Cancellation);
        Assert.Equal($"https://slipway-operator.{Ns}.svc", EnvironmentOf(pod, GatewayDelivery.UrlVariable));
        return new(new Uri($"https://127.0.0.1:{operated.Port}"), EnvironmentOf(pod, GatewayDelivery.AuthorityVariable), file);
    }

    // What slipway-task says to the socket.
    private async Task<string> LeaveAsync(GatewayClient gateway, byte[] content)
    {
        using var stop = new CancellationTokenSource();
        var directory = Directory.CreateDirectory(_directory["relay"]).FullName;
        var relay = PodPreparation.RelayAsync(gateway, directory, "pod", NullLogger.Instance, stop.Token);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(directory, "task.sock")), Cancellation);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"slipway-task 1\nfile f {content.Length} f.bin\n"), Cancellation);
        await stream.WriteAsync(content, Cancellation);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadLineAsync(Cancellation);
        await stop.CancelAsync();
        await relay;
        Assert.StartsWith("ok ", answer, StringComparison.Ordinal);
        return answer![3..];
    }

    private async Task EndAsync(JsonNode pod, int exitCode, JsonObject files)
    {
        var report = new JsonObject { ["version"] = 1, ["exitCode"] = exitCode, ["reason"] = exitCode == 0 ? "" : "Error", ["end"] = _clock.GetUtcNow(), ["files"] = files };
        var container = new JsonObject
        {
            ["name"] = "task",
            ["image"] = "x:1",
            ["imageID"] = $"x@sha256:{new string('1', 64)}",
            ["ready"] = false,
            ["restartCount"] = 0,
            ["state"] = new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = exitCode, ["message"] = report.ToJsonString() } },
        };
        await PatchStatusAsync(pod, new JsonObject { ["phase"] = exitCode == 0 ? "Succeeded" : "Failed", ["containerStatuses"] = new JsonArray(container) });
    }

    private async Task PatchStatusAsync(JsonNode pod, JsonObject status) =>
        await Admin.SendForBodyAsync(new("PATCH", $"{Pods}/{Name(pod)}/status") { Body = Encoding.UTF8.GetBytes(new JsonObject { ["status"] = status }.ToJsonString()), ContentType = MediaTypes.MergePatch }, Cancellation);

    private async Task<JsonNode> PodAsync(string task)
    {
        JsonNode? found = null;
        await UntilAsync(async () => (found = (await ReadAsync($"{Pods}?labelSelector=slipway.dev/task%3D{task}"))!["items"]!.AsArray().FirstOrDefault()) is not null);
        return found!;
    }

    private async Task ApplyAsync(string yaml) =>
        await new Application(new ApiConnection(Admin, "default")).ApplyAsync(Manifest.Parse("test", Encoding.UTF8.GetBytes(yaml), isJson: false)[0], Cancellation);

    private async Task<string?> HolderAsync() => (string?)(await ReadAsync($"/apis/coordination.k8s.io/v1/namespaces/{Ns}/leases/slipway-operator"))?["spec"]?["holderIdentity"];

    private async Task<JsonNode> PostAsync(string path, string json) => JsonNode.Parse((await Admin.SendForBodyAsync(new("POST", path) { Body = Encoding.UTF8.GetBytes(json) }, Cancellation)).Span)!;

    private async Task<JsonNode?> ReadAsync(string path)
    {
        await using var response = await Admin.SendAsync(new("GET", path), Cancellation);
        return response.IsSuccess ? JsonNode.Parse(response.Body.Span) : null;
    }

    private async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!await condition())
        {
            // An operator that has ended says why.
            if (_candidates.Find(c => c.Running.IsFaulted) is { } failed) await failed.Running;
            await timer.WaitForNextTickAsync(patience.Token);
            _clock.Advance(TimeSpan.FromMilliseconds(20));
        }
    }

    private static string Name(JsonNode pod) => pod["metadata"]!["name"]!.ToString();

    private static string EnvironmentOf(JsonNode pod, string variable) =>
        pod["spec"]!["initContainers"]![0]!["env"]!.AsArray().First(e => e!["name"]!.ToString() == variable)!["value"]!.ToString();

    private sealed record Candidate(string Name, int Port, Line Api, CancellationTokenSource Stop, Task Running)
    {
        /// <summary>Ends it as SIGKILL does: nobody hears from it any more, and its lease is not given back.</summary>
        public async Task KillAsync()
        {
            Api.IsCut = true;
            await Stop.CancelAsync();
            await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A way to the API that can be cut.</summary>
    private sealed class Line(HttpsApi api) : IApi
    {
        public bool IsCut { get; set; }

        public ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation) =>
            IsCut ? throw new IOException("no route") : api.SendAsync(request, cancellation);
    }
}
