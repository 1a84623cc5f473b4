using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;
using Slipway.Api.Cel;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>An object of any kind, whole. Read-only.</summary>
internal sealed class WatchedObject : IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc/>
    [JsonPropertyName("apiVersion")]
    public string? ApiVersion { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("kind")]
    public string? Kind { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What else it has.</summary>
    [JsonExtensionData]
    public JsonObject? Rest { get; set; }

    /// <summary>The object as expressions read it.</summary>
    public CelMap ToCel() => new(
    [
        KeyValuePair.Create("apiVersion", (CelValue)new CelString(ApiVersion ?? "")),
        KeyValuePair.Create("kind", (CelValue)new CelString(Kind ?? "")),
        KeyValuePair.Create("metadata", CelJson.ToCel(JsonSerializer.SerializeToNode(Metadata, FlowKinds.Metadata))),
        .. (Rest ?? []).Select(field => KeyValuePair.Create(field.Key, CelJson.ToCel(field.Value))),
    ]);

    /// <summary>The resource of any kind, read whole.</summary>
    public static Resource<WatchedObject> ResourceOf(string group, string version, string plural, string kind, bool namespaced) =>
        new(group, version, plural, kind, namespaced, FlowKinds.Any);
}
