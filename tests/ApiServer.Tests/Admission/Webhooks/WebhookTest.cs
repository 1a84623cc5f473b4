using System.Text.Json.Nodes;
using Slipway.ApiServer.Tests.Webhooks;

namespace Slipway.ApiServer.Tests.Admission.Webhooks;

/// <summary>An API server and a server of webhooks for it.</summary>
public abstract class WebhookTest : IAsyncLifetime
{
    private const string Group = "/apis/admissionregistration.k8s.io/v1";

    /// <summary>Rules for the creation of config maps.</summary>
    protected const string OnConfigMaps = """{"operations":["CREATE","UPDATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"]}""";

    internal TestApi Api { get; private set; } = null!;

    internal WebhookServer Hooks { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Api = await TestApi.StartAsync();
        Hooks = await WebhookServer.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Hooks.DisposeAsync();
        await Api.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Configures one webhook at the path of its configuration's name.</summary>
    protected async Task ConfigureAsync(string kind, string name, string rules = OnConfigMaps, string extra = "", string? clientConfig = null, string reviewVersions = "\"v1\"")
    {
        clientConfig ??= $$"""{"url":"{{Hooks.Url(name)}}","caBundle":"{{Hooks.CaBundle}}"}""";
        (await Api.PostAsync($"{Group}/{kind.ToLowerInvariant()}webhookconfigurations", $$$"""
            {"apiVersion":"admissionregistration.k8s.io/v1","kind":"{{{kind}}}WebhookConfiguration","metadata":{"name":"{{{name}}}"},
             "webhooks":[{"name":"{{{name}}}.example.com","clientConfig":{{{clientConfig}}},"rules":[{{{rules}}}],
              "sideEffects":"None","admissionReviewVersions":[{{{reviewVersions}}}]{{{extra}}}}]}
            """)).Expect(201);
    }

    internal Task<Answer> CreateAsync(string name, string labels = "", string data = "") => Api.PostAsync(Samples.ConfigMaps, Samples.ConfigMap(name, labels, data));

    protected JsonObject LastRequest => Hooks.Reviews[^1]["request"]!.AsObject();
}
