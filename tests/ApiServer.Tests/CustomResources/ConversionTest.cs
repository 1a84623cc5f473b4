using System.Text.Json.Nodes;
using Slipway.ApiServer.Tests.Webhooks;

namespace Slipway.ApiServer.Tests.CustomResources;

/// <summary>
/// A kind with two versions that a webhook converts: <c>v1</c>, in which objects are stored, says <c>spec.address</c>, <c>v2</c> says
/// <c>spec.host</c> and <c>spec.port</c>.
/// </summary>
public abstract class ConversionTest : IAsyncLifetime
{
    protected const string One = "/apis/example.com/v1/namespaces/default/gates";
    protected const string Two = "/apis/example.com/v2/namespaces/default/gates";
    protected const string Definition = Samples.Definitions + "/gates.example.com";

    private const string Rest = """
        "replicas":{"type":"integer","default":1}}},"status":{"type":"object","properties":{"text":{"type":"string"},"replicas":{"type":"integer"}}}}}}
        """;

    internal TestApi Api { get; private set; } = null!;

    internal WebhookServer Hooks { get; private set; } = null!;

    protected int Calls => Hooks.Reviews.Count(r => r["kind"]!.ToString() == "ConversionReview");

    public virtual async ValueTask InitializeAsync()
    {
        Api = await TestApi.StartAsync();
        Hooks = await WebhookServer.StartAsync();
        Hooks.OnRaw("convert", (review, _) => Task.FromResult(Answered(review).ToJsonString()));
        (await Api.PostAsync(Samples.Definitions, Document())).Expect(201);
    }

    public async ValueTask DisposeAsync()
    {
        await Hooks.DisposeAsync();
        await Api.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    internal string Document() => $$$$"""
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"gates.example.com"},"spec":{"group":"example.com","scope":"Namespaced",
         "names":{"plural":"gates","singular":"gate","kind":"Gate"},
         "conversion":{"strategy":"Webhook","webhook":{"conversionReviewVersions":["v1"],"clientConfig":{"url":"{{{{Hooks.Url("convert")}}}}","caBundle":"{{{{Hooks.CaBundle}}}}"}}},
         "versions":[
          {"name":"v1","served":true,"storage":true,"subresources":{"status":{},"scale":{"specReplicasPath":".spec.replicas","statusReplicasPath":".status.replicas"}},
           "schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"address":{"type":"string"},{{{{Rest}}}}},
          {"name":"v2","served":true,"storage":false,"subresources":{"status":{},"scale":{"specReplicasPath":".spec.replicas","statusReplicasPath":".status.replicas"}},
           "selectableFields":[{"jsonPath":".spec.host"}],
           "schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"host":{"type":"string"},"port":{"type":"string"},{{{{Rest}}}}}]}}
        """;

    internal static string Gate(string name, string address, string labels = "") => $$"""
        {"apiVersion":"example.com/v1","kind":"Gate","metadata":{"name":"{{name}}","labels":{ {{labels}} } },"spec":{"address":"{{address}}"} }
        """;

    internal static string GateTwo(string name, string host, string port) => $$"""
        {"apiVersion":"example.com/v2","kind":"Gate","metadata":{"name":"{{name}}"},"spec":{"host":"{{host}}","port":"{{port}}"} }
        """;

    /// <summary>What the webhook answers when it does its work.</summary>
    internal static JsonObject Answered(JsonObject review)
    {
        var request = review["request"]!;
        return new()
        {
            ["apiVersion"] = review["apiVersion"]!.ToString(),
            ["kind"] = "ConversionReview",
            ["response"] = new JsonObject
            {
                ["uid"] = request["uid"]!.ToString(),
                ["result"] = new JsonObject { ["status"] = "Success" },
                ["convertedObjects"] = new JsonArray([.. request["objects"]!.AsArray().Select(o => (JsonNode)Converted(o!.AsObject(), request["desiredAPIVersion"]!.ToString()))]),
            },
        };
    }

    private static JsonObject Converted(JsonObject gate, string apiVersion)
    {
        var copy = gate.DeepClone().AsObject();
        copy["apiVersion"] = apiVersion;
        if (copy["spec"] is not JsonObject spec) return copy;
        if (apiVersion == "example.com/v2")
        {
            if (!spec.Remove("address", out var address)) return copy;
            var parts = address!.ToString().Split(':');
            spec["host"] = parts[0];
            if (parts.Length > 1) spec["port"] = parts[1];
        }
        else if (spec.Remove("host", out var host))
        {
            spec["address"] = spec.Remove("port", out var port) ? $"{host}:{port}" : host!.ToString();
        }
        return copy;
    }
}
