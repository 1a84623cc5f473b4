using System.Text.Json;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Any object reduced to what garbage collection reads. It is kept for every object of the cluster, so labels,
/// annotations and managed fields are not even decoded.
/// </summary>
internal sealed class OwnedObject : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }

    [JsonConverter(typeof(OwnershipConverter))]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>The resource of any kind, read as ownership.</summary>
    public static Resource<OwnedObject> ResourceOf(DiscoveredResource resource) =>
        new(resource.Group, resource.Version, resource.Plural, resource.Kind, resource.Namespaced, Kinds.Set.Type<OwnedObject>());
}

/// <summary>Reads of an object's metadata only identity, owners, finalizers and whether it is being deleted.</summary>
internal sealed class OwnershipConverter : JsonConverter<V1ObjectMeta>
{
    public override V1ObjectMeta Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var metadata = new V1ObjectMeta();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("metadata is not an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8))
                metadata.Name = Text(ref reader);
            else if (reader.ValueTextEquals("namespace"u8))
                metadata.NamespaceProperty = Text(ref reader);
            else if (reader.ValueTextEquals("uid"u8))
                metadata.Uid = Text(ref reader);
            else if (reader.ValueTextEquals("resourceVersion"u8))
                metadata.ResourceVersion = Text(ref reader);
            else if (reader.ValueTextEquals("deletionTimestamp"u8))
                metadata.DeletionTimestamp = Text(ref reader) is null ? null : reader.GetDateTimeOffset().UtcDateTime;
            else if (reader.ValueTextEquals("finalizers"u8))
                metadata.Finalizers = Value<List<string>>(ref reader, options);
            else if (reader.ValueTextEquals("ownerReferences"u8))
                metadata.OwnerReferences = Value<List<V1OwnerReference>>(ref reader, options);
            else
                reader.Skip();
        }
        return metadata;
    }

    public override void Write(Utf8JsonWriter writer, V1ObjectMeta value, JsonSerializerOptions options) =>
        throw new NotSupportedException("objects of garbage collection are patched, never written");

    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString();
    }

    private static T? Value<T>(ref Utf8JsonReader reader, JsonSerializerOptions options)
    {
        reader.Read();
        return JsonSerializer.Deserialize(ref reader, (System.Text.Json.Serialization.Metadata.JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)));
    }
}
