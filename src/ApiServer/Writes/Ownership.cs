using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Apply;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.Writes;

/// <summary>
/// <c>metadata.managedFields</c> on the way of a write. The steps before and after see documents without them: they are large, and
/// what a client sends of them is rarely a change.
/// </summary>
internal static class Ownership
{
    private const string Field = "managedFields";
    private const int LongestSubresource = 256;

    // Who writes more of them has an answer of use all the same.
    private const int MostFaults = 100;

    /// <summary>The owners to store with an object.</summary>
    /// <param name="Node">The value of the field; null when there is none.</param>
    /// <param name="IsChange">Whether they differ from those stored, apart from times.</param>
    public readonly record struct Owners(JsonNode? Node, bool IsChange)
    {
        /// <summary>What is wrong with owners that a client has named.</summary>
        public IReadOnlyList<StatusCause> Faults { get; init; } = [];
    }

    /// <summary>Takes the field out of a document.</summary>
    public static JsonNode? Detach(JsonObject document)
    {
        if (document["metadata"] is not JsonObject metadata) return null;
        metadata.Remove(Field, out var node);
        return node;
    }

    /// <summary>Puts the field into a document.</summary>
    public static void Attach(JsonObject document, JsonNode? node)
    {
        if (node is not null) document.Metadata[Field] = node;
    }

    /// <summary>The owners of a stored object.</summary>
    public static ManagedFields Of(ObjectBytes bytes)
    {
        var metadata = bytes.Metadata;
        var reader = new Utf8JsonReader(metadata, Nesting.Reader);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals("managedFields"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            // A list that cannot be understood counts as none.
            if (found) return ManagedFields.Read(metadata[start..(int)reader.BytesConsumed]) ?? ManagedFields.None;
        }
        return ManagedFields.None;
    }

    /// <summary>The owners after a write that is not an apply.</summary>
    /// <param name="context">The write.</param>
    /// <param name="manager">Who writes.</param>
    /// <param name="item">The stored object.</param>
    /// <param name="held">The field as it is stored.</param>
    /// <param name="current">The document before, without the field.</param>
    /// <param name="wanted">The document after, without the field.</param>
    /// <param name="given">The field as the client sent it.</param>
    /// <param name="cancellation">Ends the write.</param>
    public static async ValueTask<Owners> AfterUpdateAsync(
        WriteContext context, FieldManager manager, CachedObject item, JsonNode? held, JsonObject current, JsonObject wanted, JsonNode? given, CancellationToken cancellation)
    {
        // Through a subresource the owners cannot be set.
        var set = context.Path.Subresource.Length == 0 ? ManagedFields.Given(given) : null;
        if (set is null)
        {
            if (held is null) return new(null, false);
            var after = await FieldOwnership.AfterUpdateAsync(manager, context.Type.Schema, current, wanted, () => Of(context.Resource.View(item)), context.Resource.Versions, cancellation);
            return after is null ? new(held, false) : new(after.ToJson(), true);
        }
        var owners = await FieldOwnership.AfterUpdateAsync(manager, context.Type.Schema, current, wanted, () => set, context.Resource.Versions, cancellation) ?? set;
        if (owners.SameOwners(Of(context.Resource.View(item)))) return new(held, false);
        var node = owners.ToJson();
        return new(node, true) { Faults = FaultsOf(node) };
    }

    /// <summary>What is wrong with an object, with what is wrong with its owners where Kubernetes tells of it: at the end of its metadata.</summary>
    /// <param name="causes">What is wrong with the object, its metadata first.</param>
    /// <param name="faults">What is wrong with its owners.</param>
    public static IReadOnlyList<StatusCause> InOrder(IReadOnlyList<StatusCause> causes, IReadOnlyList<StatusCause> faults)
    {
        if (faults.Count == 0) return causes;
        var ofMetadata = causes.TakeWhile(c => c.Field.StartsWith("metadata.", StringComparison.Ordinal)).Count();
        return [.. causes.Take(ofMetadata), .. faults, .. causes.Skip(ofMetadata)];
    }

    private static List<StatusCause> FaultsOf(JsonNode? owners)
    {
        var faults = new List<StatusCause>();
        var entries = owners as JsonArray ?? [];
        for (var i = 0; i < entries.Count && faults.Count < MostFaults; i++)
        {
            if (entries[i] is not JsonObject entry) continue;
            var path = $"metadata.{Field}[{i}]";
            faults.AddRange(FieldManagers.Errors(entry.Text("manager"), $"{path}.manager"));
            if (entry.Text("subresource") is { } subresource && Encoding.UTF8.GetByteCount(subresource) > LongestSubresource)
                faults.Add(new("FieldValueTooLong", $"{path}.subresource", $"Too long: may not be more than {LongestSubresource} bytes"));
        }
        return faults;
    }
}
