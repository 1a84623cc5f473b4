using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.CustomResources;

/// <summary>One version of a custom resource: its schema and how stored documents become documents of this version.</summary>
internal sealed class CustomVersion
{
    /// <param name="type">What is served.</param>
    /// <param name="schema">The schema as the definition gives it.</param>
    /// <param name="definition">The version's entry in the definition.</param>
    /// <param name="listKind">Kind of lists.</param>
    /// <param name="storageApiVersion">API version that documents are stored in.</param>
    public CustomVersion(ResourceType type, JsonObject schema, JsonObject definition, string listKind, string storageApiVersion)
    {
        Type = type;
        Schema = schema;
        Definition = definition;
        ListKind = listKind;
        StorageApiVersion = storageApiVersion;
        SchemaHash = Hash(type.ApiVersion, schema);
    }

    public ResourceType Type { get; }

    /// <summary>The OpenAPI v3 schema of the definition.</summary>
    public JsonObject Schema { get; }

    /// <summary>The version's entry in the definition: printer columns, subresources, deprecation.</summary>
    public JsonObject Definition { get; }

    public string ListKind { get; }

    public string StorageApiVersion { get; }

    /// <summary>Names version and schema; never 0.</summary>
    public ulong SchemaHash { get; }

    /// <summary>A stored document as this version shows it: with its API version, pruned and defaulted.</summary>
    public ObjectBytes Transform(CachedObject item)
    {
        var document = (JsonObject)JsonNode.Parse(item.Bytes.Json.Span)!;
        document["apiVersion"] = Type.ApiVersion;
        Pruner.Prune(Type.Schema, document);
        Defaulter.Apply(Type.Schema, document);
        return ObjectBytes.Of(JsonBytes.Of(document));
    }

    /// <summary>The bytes to store for a document of this version.</summary>
    public byte[] Encode(JsonObject document)
    {
        if (Type.ApiVersion == StorageApiVersion) return StoredValue.Make(document, SchemaHash);
        // Another version's schema has been applied: the mark of no schema lets every reader apply its own.
        document["apiVersion"] = StorageApiVersion;
        return StoredValue.Make(document, 1);
    }

    private static ulong Hash(string apiVersion, JsonObject schema)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(apiVersion));
        hash.AppendData(JsonBytes.Of(schema));
        return Math.Max(BinaryPrimitives.ReadUInt64BigEndian(hash.GetHashAndReset()), 2);
    }
}
