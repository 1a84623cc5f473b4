using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;
using Slipway.Flows.Tests.Stores;

namespace Slipway.Flows.Tests;

public sealed class ArtifactGatewayTests : IAsyncLifetime
{
    private const string Account = "/api/v1/namespaces/default/serviceaccounts";
    private readonly string directory = Directory.CreateTempSubdirectory("slipway-gateway-").FullName;
    private DirectoryPlace place = null!;
    private FlowCluster flows = null!;
    private ArtifactGateway gateway = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        place = new DirectoryPlace(directory);
        flows = await FlowCluster.StartAsync(new GatewayDelivery(new("slipway:1", "https://x", "PEM")), new() { ServiceAccounts = true }, places: _ => place);
        await flows.Cluster.CreateAsync(Account, """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default"}}""");
        gateway = new ArtifactGateway(flows.Api, flows.Ledger, flows.Store, flows.Cluster.Clock);
        await flows.ApplyAsync("""
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: { name: f, namespace: default }
            spec:
              defaults: { image: "x:1" }
              tasks:
                - { name: a, command: [a], outputs: { files: { f: /out/f.bin } } }
                - { name: b, command: [b], inputs: { f: "${{ tasks.a.files.f }}" } }
            """);
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");
    }

    public async ValueTask DisposeAsync()
    {
        await flows.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_pod_reads_what_it_is_to_read_and_nothing_else()
    {
        var a = (await flows.PodsAsync("a"))[0];
        Assert.Equal((404, "pod default/" + a.Metadata.Name + " has no inputs"), await GetAsync("inputs", await TokenAsync(a)));
        await flows.EndAsync(a, files: ["f"]);
        var b = (await flows.PodsAsync("b"))[0];
        var token = await TokenAsync(b);

        var file = Hash("content of f");
        Assert.Equal((200, $$"""{"f":"{{file}}"}"""), await GetAsync("inputs", token));
        Assert.Equal((200, "content of f"), await GetAsync($"inputs/{file}", token));

        var secret = await flows.Store.WriteAsync("another's"u8.ToArray(), Cancellation);
        Assert.Equal((403, $"artifact {secret} is no input of pod default/{b.Metadata.Name}"), await GetAsync($"inputs/{secret}", token));
        Assert.Equal((403, $"artifact .. is no input of pod default/{b.Metadata.Name}"), await GetAsync("inputs/..", token));
        Assert.Equal(404, (await GetAsync("", token)).Code);
    }

    [Fact]
    public async Task What_the_operators_volume_lacks_comes_from_the_declared_store()
    {
        await flows.EndAsync((await flows.PodsAsync("a"))[0], files: ["f"]);
        await flows.EndAsync((await flows.PodsAsync("b"))[0]);
        await flows.Cluster.CreateAsync("/api/v1/namespaces/default/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s3"},"stringData":{"accessKey":"me","secretKey":"mine"}}""");
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: ArtifactStore, metadata: { name: team, namespace: default }, spec: { default: true, s3: { endpoint: https://s3.example.com, bucket: bucket, secretName: s3 } } }");
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-2, namespace: default }, spec: { flow: f } }");
        await flows.EndAsync((await flows.PodsAsync("a"))[0], files: ["f"]);
        var token = await TokenAsync((await flows.PodsAsync("b"))[0]);

        var file = Hash("content of f");
        File.Delete(flows.Store.PathOf(file));
        place.Fault = new ArtifactPlaceException(ArtifactPlaceFault.Unreachable, "away");
        Assert.Equal((503, "away"), await GetAsync($"inputs/{file}", token)); // tried again
        place.Fault = null;
        Assert.Equal((200, "content of f"), await GetAsync($"inputs/{file}", token));
        Assert.True(flows.Store.HasHere(file));
    }

    [Fact]
    public async Task A_list_of_inputs_that_a_pod_has_written_itself_opens_nothing_of_other_namespaces()
    {
        await flows.PodsAsync("a");
        var secret = await flows.Store.WriteAsync("another's"u8.ToArray(), Cancellation);
        var forged = InputManifest.Of([new("x", secret)]);
        await flows.Store.WriteAsync(forged.Content, Cancellation);
        var run = (await flows.Api.GetAsync(FlowKinds.Runs, "default", "f-1", Cancellation))!;
        var pod = await CreateAsync("forged", new JsonObject
        {
            ["annotations"] = new JsonObject { [FlowNames.InputsAnnotation] = forged.Sha256 },
            ["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "slipway.dev/v1alpha1", ["kind"] = "FlowRun", ["name"] = "f-1", ["uid"] = run.Metadata.Uid, ["controller"] = true }),
        });
        Assert.Equal(403, (await GetAsync($"inputs/{secret}", await TokenAsync(pod))).Code);
    }

    [Fact]
    public async Task What_a_pod_leaves_is_stored_whole_or_not_at_all()
    {
        var token = await TokenAsync((await flows.PodsAsync("a"))[0]);
        var content = RandomNumberGenerator.GetBytes(200_000);
        Assert.Equal((201, Convert.ToHexStringLower(SHA256.HashData(content))), await PutAsync(content, "200000", token));
        Assert.Equal(content, await flows.Store.ReadAsync(Convert.ToHexStringLower(SHA256.HashData(content)), Cancellation));
        Assert.Equal((503, "the content ended early"), await PutAsync("torn"u8.ToArray(), "100", token));
        Assert.False(flows.Store.Has(Hash("torn")));
        Assert.Equal(411, (await PutAsync("x"u8.ToArray(), null, token)).Code);
    }

    [Fact]
    public async Task Only_pods_of_runs_that_go_on_may_ask()
    {
        var a = (await flows.PodsAsync("a"))[0];
        Assert.Equal((401, "a token is needed: Authorization: Bearer TOKEN"), await GetAsync("inputs", null));
        Assert.Equal((401, "the token is not one for artifacts.slipway.dev"), await GetAsync("inputs", "no.real.token"));
        Assert.Equal((401, "the token is not one for artifacts.slipway.dev"), await GetAsync("inputs", await TokenAsync(a, "https://kubernetes.default.svc.cluster.local")));
        Assert.Equal((403, "the token is not bound to a pod, but system:serviceaccount:default:default's"), await GetAsync("inputs", await TokenAsync(null)));
        Assert.Equal((403, "pod default/other belongs to no run that goes on"), await GetAsync("inputs", await TokenAsync(await CreateAsync("other", []))));

        var token = await TokenAsync(a);
        await flows.EndAsync(a, files: ["f"]);
        Assert.Equal((403, $"pod default/{a.Metadata.Name} has ended"), await GetAsync("inputs", token));
    }

    [Fact]
    public async Task An_API_server_that_does_not_answer_is_no_refusal()
    {
        var token = await TokenAsync((await flows.PodsAsync("a"))[0]);
        gateway = new ArtifactGateway(flows.Cluster.As("nobody"), flows.Ledger, flows.Store, flows.Cluster.Clock);
        Assert.Equal(503, (await GetAsync("inputs", token)).Code);
    }

    private async Task<V1Pod> CreateAsync(string name, JsonObject metadata)
    {
        metadata["name"] = name;
        metadata["namespace"] = "default";
        return await flows.Api.CreateAsync(FlowKinds.Pods, new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = metadata,
            ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "c", ["image"] = "i" }) },
        }, Cancellation);
    }

    private async Task<string> TokenAsync(V1Pod? pod, string audience = GatewayDelivery.Audience)
    {
        var spec = new JsonObject { ["audiences"] = new JsonArray(audience) };
        if (pod is not null)
            spec["boundObjectRef"] = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["name"] = pod.Metadata.Name, ["uid"] = pod.Metadata.Uid };
        var answer = await flows.Cluster.CreateAsync($"{Account}/default/token", new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenRequest", ["spec"] = spec }.ToJsonString());
        return answer["status"]!["token"]!.GetValue<string>();
    }

    private Task<(int Code, string Text)> GetAsync(string path, string? token) => SendAsync(new ApiRequest("GET", $"/artifacts/v1/{path}"), token, null);

    private Task<(int Code, string Text)> PutAsync(byte[] content, string? length, string token) =>
        SendAsync(new ApiRequest("PUT", "/artifacts/v1/outputs") { Stream = new MemoryStream(content) }, token, length);

    private async Task<(int Code, string Text)> SendAsync(ApiRequest request, string? token, string? length)
    {
        var headers = new List<KeyValuePair<string, string>>();
        if (token is not null)
            headers.Add(new("authorization", $"Bearer {token}"));
        if (length is not null)
            headers.Add(new("content-length", length));
        await using var response = await gateway.SendAsync(request with { Headers = headers }, Cancellation);
        using var body = new MemoryStream();
        await (response.Stream ?? new MemoryStream(response.Body.ToArray())).CopyToAsync(body, Cancellation);
        return (response.StatusCode, Encoding.UTF8.GetString(body.ToArray()));
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
