using System.Buffers;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Wire.Protobuf;
using Slipway.Fuzzing.Documents;

namespace Slipway.Fuzzing.Generators;

/// <summary>Kinds, their paths, and good documents of them to begin with.</summary>
internal static class Corpus
{
    private static readonly Dictionary<string, JsonObject> Minimal = BuiltInKinds.All.Where(t => t.IsStored).ToDictionary(t => t.ApiVersion + t.Plural, MinimalObjects.Of);

    /// <summary>The built-in kinds that are stored.</summary>
    public static IReadOnlyList<ResourceType> BuiltIn { get; } = [.. BuiltInKinds.All.Where(t => t.IsStored)];

    /// <summary>All kinds with paths of their own, custom ones and those that are only answered included.</summary>
    public static IReadOnlyList<ResourceType> Types { get; } = [.. BuiltInKinds.All, .. StageDefinitions.Types];

    /// <summary>A kind; what people use every day is as likely as all the rest.</summary>
    public static ResourceType Kind(Random random) => random.OneIn(2) ? random.Pick(Everyday) : random.Pick(BuiltIn);

    private static readonly ResourceType[] Everyday =
    [
        .. BuiltIn.Where(t => t.GroupResource is "pods" or "services" or "configmaps" or "secrets" or "nodes" or "deployments.apps" or "statefulsets.apps" or "jobs.batch" or "cronjobs.batch" or "persistentvolumeclaims"
            or "ingresses.networking.k8s.io" or "horizontalpodautoscalers.autoscaling" or "poddisruptionbudgets.policy" or "roles.rbac.authorization.k8s.io" or "networkpolicies.networking.k8s.io"),
    ];

    /// <summary>A good document of a kind: the least, or a random one that follows the schema but not the rules.</summary>
    public static JsonObject Document(Random random, ResourceType type)
    {
        if (!random.OneIn(4) && Minimal.TryGetValue(type.ApiVersion + type.Plural, out var least)) return Named((JsonObject)least.DeepClone());
        return Named(new RandomDocuments(random).Next(type.Schema, type.ApiVersion, type.Kind));

        JsonObject Named(JsonObject document)
        {
            if (document["metadata"] is not JsonObject metadata) document["metadata"] = metadata = [];
            if (random.OneIn(3)) metadata["name"] = random.Pick(Vocabulary.Names);
            return document;
        }
    }

    /// <summary>The protobuf form of a document.</summary>
    public static byte[] Protobuf(JsonObject document)
    {
        var (apiVersion, kind) = ((string)document["apiVersion"]!, (string)document["kind"]!);
        using var writer = new ProtobufWriter();
        var output = new ArrayBufferWriter<byte>();
        new ProtobufEnvelope(apiVersion, kind).Write(output, writer.Object(MessageLayout.Of(ProtobufKinds.SchemaOf(apiVersion, kind)!), JsonBytes.Of(document)));
        return output.WrittenSpan.ToArray();
    }

    /// <summary>
    /// A subresource of a kind, with the slash before it; empty when it has none. No proxy: it would pass requests on to whatever
    /// stands at the addresses of endpoints that the fuzzer has made up.
    /// </summary>
    public static string Subresource(Random random, ResourceType type) =>
        type.Subresources.Where(name => name != "proxy").ToList() is { Count: > 0 } names ? $"/{random.Pick(names)}" : "";

    /// <summary>Path of a collection.</summary>
    public static string Collection(ResourceType type, string ns)
    {
        var root = type.Group.Length == 0 ? $"/api/{type.Version}" : $"/apis/{type.Group}/{type.Version}";
        return type.Namespaced && ns.Length > 0 ? $"{root}/namespaces/{ns}/{type.Plural}" : $"{root}/{type.Plural}";
    }

    /// <summary>Path of a collection in a namespace that others use, too.</summary>
    public static string Collection(Random random, ResourceType type) => Collection(type, random.Pick(Vocabulary.Namespaces));

    /// <summary>Path of an object that may be there.</summary>
    public static string Object(Random random, ResourceType type) => $"{Collection(random, type)}/{(random.OneIn(2) ? MinimalObjects.NameOf(type) : random.Pick(Vocabulary.Names))}";

    /// <summary>Any path that is served: of a collection, an object, a subresource, or of what describes the server.</summary>
    public static string Path(Random random)
    {
        var type = random.Pick(Types);
        return random.Next(8) switch
        {
            0 => random.Pick(Plain),
            1 => Collection(type, ""),
            2 or 3 => Collection(random, type),
            4 => Object(random, type) + Subresource(random, type),
            _ => Object(random, type),
        };
    }

    /// <summary>Paths that are no resources.</summary>
    public static readonly string[] Plain =
    [
        "/", "/api", "/apis", "/api/v1", "/apis/apps", "/apis/apps/v1", "/openapi/v2", "/openapi/v3", "/openapi/v3/apis/apps/v1", "/openapi/v3/api/v1", "/version", "/livez", "/readyz", "/healthz", "/livez/ping", "/readyz/none", "/metrics",
        "/.well-known/openid-configuration", "/openid/v1/jwks", "/apis/fuzz.example.com", "/apis/fuzz.example.com/v1", "/openapi/v3/apis/fuzz.example.com/v1", "/logs", "/debug/pprof", "/api/v1/watch/pods", "/api/v1/watch/namespaces/fuzz-a/pods/minimal",
    ];
}
