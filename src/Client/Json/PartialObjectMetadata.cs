using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Slipway.Client;

/// <summary>
/// Any object reduced to its metadata (<c>meta.k8s.io/v1 PartialObjectMetadata</c>). Ask for it with
/// <see cref="Accept"/>; a server that does not know it answers with whole objects, of which only the metadata is read.
/// </summary>
public sealed class PartialObjectMetadata : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>The <c>Accept</c> header that asks for metadata alone.</summary>
    public const string Accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

    /// <inheritdoc/>
    [JsonPropertyName("apiVersion")]
    public string? ApiVersion { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("kind")]
    public string? Kind { get; set; }

    /// <inheritdoc/>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>The resource of any kind, read as metadata.</summary>
    public static Resource<PartialObjectMetadata> ResourceOf(string group, string version, string plural, string kind, bool namespaced) =>
        new(group, version, plural, kind, namespaced, ClientKinds.Set.Type<PartialObjectMetadata>());
}
