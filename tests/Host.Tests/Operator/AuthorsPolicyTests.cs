using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer;
using Slipway.Cli;
using Slipway.Cli.Manifests;
using Slipway.Storage;

namespace Slipway.Host.Operator;

/// <summary>What holds on a cluster with an installation while no operator answers: all that is left is what the API server does by itself.</summary>
public sealed class AuthorsPolicyTests : IAsyncLifetime
{
    private const string Runs = "/apis/slipway.dev/v1alpha1/namespaces/default/flowruns";
    private const string Approved = """{"approvals":[{"task":"publish","approved":true,"by":"USER","at":"2026-01-31T06:00:00Z"}]}""";
    private readonly MemoryStore _store = new();
    private ApiServer.ApiServer _server = null!;

    private IApi Admin => _server.For(new("admin", [UserInfo.Masters, UserInfo.Authenticated]));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = new(_store, new(), TimeProvider.System, NullLoggerFactory.Instance);
        await _server.StartAsync(Cancellation);
        var application = new Application(new ApiConnection(Admin, "default"), force: true);
        var installed = InstallDocuments.For(new("slipway-system", "slipway:1", 1, "1Gi", null, "ReadWriteOnce", HasDeployment: true));
        foreach (var document in installed.Where(d => d.Kind.StartsWith("ValidatingAdmissionPolicy", StringComparison.Ordinal)))
            await application.ApplyAsync(new Manifest("install", document), Cancellation);
        foreach (var (user, rules) in new[] { ("anna", """{ "apiGroups": [slipway.dev], "resources": [flowruns], "verbs": [create, get, patch] }"""), ("ben", """{ "apiGroups": [slipway.dev], "resources": ["*"], "verbs": ["*"] }"""), ("operator", """{ "apiGroups": [slipway.dev], "resources": [flowruns], "verbs": [create, patch] }""") })
        {
            var subject = user == "operator" ? "{ kind: ServiceAccount, name: slipway-operator, namespace: slipway-system }" : $"{{ kind: User, apiGroup: rbac.authorization.k8s.io, name: {user} }}";
            foreach (var manifest in Manifest.Parse("test", Encoding.UTF8.GetBytes($$"""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: { name: {{user}}, namespace: default }
                rules: [ {{rules}} ]
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: { name: {{user}}, namespace: default }
                roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: {{user}} }
                subjects: [ {{subject}} ]
                """), isJson: false))
                await application.ApplyAsync(manifest, Cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Theory]
    // who; what the run says -> why it is refused; null if it is taken
    [InlineData("anna", """{"flow":"f"}""", null)]
    [InlineData("anna", """{"flow":"f","cause":{"type":"User","by":"anna"}}""", null)]
    [InlineData("anna", """{"flow":"f","cause":{"type":"Rerun","message":"m"}}""", null)]
    [InlineData("anna", """{"flow":"f","cause":{"type":"User","by":"ben"}}""", "a run is started by the user who creates it")]
    [InlineData("anna", """{"flow":"f","cause":{"type":"Schedule","by":"anna"}}""", "only the operator starts runs for schedules")]
    [InlineData("operator", """{"flow":"f","cause":{"type":"Schedule","by":"nightly"}}""", null)]
    [InlineData("anna", """{"flow":"f","fakes":{}}""", "takes the verb \"approve\"")]
    [InlineData("ben", """{"flow":"f","fakes":{}}""", null)]
    [InlineData("anna", """{"flow":"f","stop":{"by":"ben","at":"2026-01-31T06:00:00Z"}}""", "name yourself in spec.stop.by")]
    public async Task Who_starts_a_run_is_not_somebody_else(string user, string spec, string? refusal) => Hold(refusal, await CreateAsync(user, "a", spec));

    [Theory]
    [InlineData("anna", """{"suspend":true}""", null)]
    [InlineData("anna", Approved, "takes the verb \"approve\"")]
    [InlineData("ben", Approved, null)]
    [InlineData("ben", """{"approvals":[{"task":"publish","approved":true,"by":"anna","at":"2026-01-31T06:00:00Z"}]}""", "name yourself in by")]
    [InlineData("anna", """{"stop":{"by":"anna","at":"2026-01-31T06:00:00Z"}}""", null)]
    [InlineData("anna", """{"stop":{"by":"ben","at":"2026-01-31T06:00:00Z"}}""", "name yourself in spec.stop.by")]
    [InlineData("operator", """{"stop":{"by":"flow-controller","at":"2026-01-31T06:00:00Z"}}""", null)]
    public async Task Nor_who_decides(string user, string spec, string? refusal)
    {
        Hold(null, await CreateAsync("anna", "a", """{"flow":"f","cause":{"type":"User","by":"anna"}}"""));
        Hold(refusal, await PatchAsync(user, spec));
    }

    [Fact]
    public async Task What_was_decided_is_no_decision_of_who_changes_something_else()
    {
        Hold(null, await CreateAsync("anna", "a", """{"flow":"f"}"""));
        Hold(null, await PatchAsync("ben", Approved));
        Hold("name yourself in by", await PatchAsync("ben", """{"approvals":[{"task":"publish","approved":true,"by":"ben","at":"2026-01-31T06:00:00Z"},{"task":"other","approved":true,"by":"anna","at":"2026-01-31T06:00:00Z"}]}"""));
        Hold(null, await PatchAsync("ben", """{"stop":{"by":"ben","at":"2026-01-31T06:00:00Z"}}"""));
        Hold(null, await PatchAsync("anna", """{"suspend":true}"""));
    }

    private Task<(int Code, string Message)> CreateAsync(string user, string name, string spec) =>
        SendAsync(user, new("POST", Runs) { Body = Encoding.UTF8.GetBytes($$"""{"apiVersion":"slipway.dev/v1alpha1","kind":"FlowRun","metadata":{"name":"{{name}}"},"spec":{{spec}}}""") });

    private Task<(int Code, string Message)> PatchAsync(string user, string spec) =>
        SendAsync(user, new("PATCH", $"{Runs}/a") { Body = Encoding.UTF8.GetBytes($$"""{"spec":{{spec.Replace("USER", user, StringComparison.Ordinal)}}}"""), ContentType = MediaTypes.MergePatch });

    private async Task<(int Code, string Message)> SendAsync(string user, ApiRequest request)
    {
        await using var response = await _server.For(user == "operator" ? UserInfo.ServiceAccount("slipway-system", "slipway-operator") : new(user, [UserInfo.Authenticated])).SendAsync(request, Cancellation);
        return (response.StatusCode, response.IsSuccess ? "" : JsonNode.Parse(response.Body.Span)!["message"]!.ToString());
    }

    private static void Hold(string? refusal, (int Code, string Message) answer)
    {
        Assert.Equal(refusal is null ? "" : "403", answer.Code < 300 ? "" : $"{answer.Code}");
        Assert.Contains(refusal ?? "", answer.Message, StringComparison.Ordinal);
    }
}
