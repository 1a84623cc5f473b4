using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.CustomResources.Conversion;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.CustomResources;

/// <summary>One version of a custom resource: its schema and how stored documents become documents of this version.</summary>
internal sealed class CustomVersion
{
    private const ulong NoSchema = 1;

    /// <param name="type">What is served.</param>
    /// <param name="schema">The schema as the definition gives it.</param>
    /// <param name="definition">The version's entry in the definition.</param>
    /// <param name="listKind">Kind of lists.</param>
    /// <param name="storageApiVersion">API version that documents are stored in.</param>
    /// <param name="converter">Makes documents of one version documents of another.</param>
    public CustomVersion(ResourceType type, JsonObject schema, JsonObject definition, string listKind, string storageApiVersion, VersionConverter converter)
    {
        Type = type;
        Schema = schema;
        Definition = definition;
        ListKind = listKind;
        StorageApiVersion = storageApiVersion;
        Converter = converter;
        Conversion = converter.CallsWebhook ? new ConvertedObjects(this) : null;
        SchemaHash = Hash(type.ApiVersion, schema);
    }

    public ResourceType Type { get; }

    /// <summary>The OpenAPI v3 schema of the definition.</summary>
    public JsonObject Schema { get; }

    /// <summary>The version's entry in the definition: printer columns, subresources, deprecation.</summary>
    public JsonObject Definition { get; }

    public string ListKind { get; }

    /// <summary>Whether clients can use this version.</summary>
    public bool IsServed { get; init; }

    /// <summary>Whether the definition is being deleted, so that no objects can be made any longer.</summary>
    public bool IsTerminating { get; init; }

    public string StorageApiVersion { get; }

    public VersionConverter Converter { get; }

    /// <summary>Stored objects of other versions in this one's form; null where no webhook is needed for that.</summary>
    public ConvertedObjects? Conversion { get; }

    /// <summary>Names version and schema; never 0.</summary>
    public ulong SchemaHash { get; }

    /// <summary>A stored document as this version shows it: with its API version, pruned and defaulted. Not for what a webhook has to convert first.</summary>
    public ObjectBytes Transform(CachedObject item)
    {
        var document = (JsonObject)JsonNode.Parse(item.Bytes.Json.Span, documentOptions: Nesting.Document)!;
        document["apiVersion"] = Type.ApiVersion;
        Pruner.Prune(Type.Schema, document);
        Defaulter.Apply(Type.Schema, document);
        return ObjectBytes.Of(JsonBytes.Of(document));
    }

    /// <summary>The bytes to store for a document of this version.</summary>
    /// <exception cref="ApiException">500: the webhook that converts it has failed.</exception>
    public ValueTask<byte[]> EncodeAsync(JsonObject document, CancellationToken cancellation) =>
        Type.ApiVersion == StorageApiVersion ? new(StoredValue.Make(document, SchemaHash)) : ConvertAsync(document, cancellation);

    // Another version's schema has been applied: the mark of no schema lets every reader apply its own.
    private async ValueTask<byte[]> ConvertAsync(JsonObject document, CancellationToken cancellation)
    {
        var stored = await Converter.ConvertAsync([document], StorageApiVersion, cancellation);
        return StoredValue.Make(StoredDocument.Shape(stored[0]), NoSchema);
    }

    private static ulong Hash(string apiVersion, JsonObject schema)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(apiVersion));
        hash.AppendData(JsonBytes.Of(schema));
        return Math.Max(BinaryPrimitives.ReadUInt64BigEndian(hash.GetHashAndReset()), 2);
    }
}
