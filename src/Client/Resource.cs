using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Slipway.Api;
using k8s;
using k8s.Models;

namespace Slipway.Client;

/// <summary>A resource as typed code uses it: where it is served, and how its objects are read and written.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">Version within the group.</param>
/// <param name="Plural">Plural name in paths.</param>
/// <param name="Kind">Kind of the objects.</param>
/// <param name="Namespaced">Whether objects live in namespaces.</param>
/// <param name="Type">Source-generated JSON metadata of <typeparamref name="T"/>, from the project's <see cref="KindSet"/>.</param>
public sealed record Resource<T>(string Group, string Version, string Plural, string Kind, bool Namespaced, JsonTypeInfo<T> Type)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary><c>group/version</c>, or the version alone for the core group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Path of the collection: of one namespace, or of all when <paramref name="ns"/> is null or the resource is cluster-scoped.</summary>
    public string CollectionPath(string? ns)
    {
        var root = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        return Namespaced && !string.IsNullOrEmpty(ns) ? $"{root}/namespaces/{ns}/{Plural}" : $"{root}/{Plural}";
    }

    /// <summary>Path of one object.</summary>
    public string ObjectPath(string? ns, string name) => $"{CollectionPath(ns)}/{Uri.EscapeDataString(name)}";

    /// <summary>Namespace and name of an object of this resource.</summary>
    public ObjectKey KeyOf(T item) => new(Namespaced ? item.Metadata.NamespaceProperty ?? "" : "", item.Metadata.Name ?? "");

    /// <summary>Decodes one object.</summary>
    /// <exception cref="JsonException">The bytes are not an object of this kind.</exception>
    public T Read(ReadOnlySpan<byte> json)
    {
        try
        {
            // A whole text is decoded in one pass; of a part of one the end is looked for before.
            return Complete(JsonSerializer.Deserialize(json, Type));
        }
        catch (Exception e) when (IsMalformed(e))
        {
            throw Malformed(e);
        }
    }

    /// <summary>The object as UTF-8 JSON, with its kind and without nulls.</summary>
    public byte[] Write(T item) => JsonSerializer.SerializeToUtf8Bytes(WithKind(item), Type);

    /// <summary>The object as a document, with its kind and without nulls.</summary>
    public JsonObject ToDocument(T item) => JsonSerializer.SerializeToNode(WithKind(item), Type)!.AsObject();

    internal T Read(ref Utf8JsonReader reader)
    {
        try
        {
            return Complete(JsonSerializer.Deserialize(ref reader, Type));
        }
        catch (Exception e) when (IsMalformed(e))
        {
            throw Malformed(e);
        }
    }

    private T Complete(T? item)
    {
        if (item is null)
            throw new JsonException($"null where a {Kind} was expected");
        if (item.Metadata is null)
            throw new JsonException($"a {Kind} without metadata");
        return WithKind(item);
    }

    // The models' converters of quantities and int-or-string throw these on a malformed value.
    private static bool IsMalformed(Exception e) => e is FormatException or ArgumentException or NotSupportedException or OverflowException;

    private JsonException Malformed(Exception e) => new($"a {Kind} with a malformed value: {e.Message}", e);

    // Items of a list, and objects that code makes, do not say what they are.
    private T WithKind(T item)
    {
        item.ApiVersion ??= ApiVersion;
        item.Kind ??= Kind;
        return item;
    }
}
