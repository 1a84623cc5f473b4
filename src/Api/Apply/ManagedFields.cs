using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Apply;

/// <summary>
/// Who owns which fields of an object: <c>metadata.managedFields</c>
/// (<see href="https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers"/>). Not changed once made.
/// </summary>
public sealed class ManagedFields
{
    /// <summary>Nobody owns anything.</summary>
    public static readonly ManagedFields None = new([]);

    internal ManagedFields(IReadOnlyList<ManagerEntry> entries) => Entries = entries;

    internal IReadOnlyList<ManagerEntry> Entries { get; }

    /// <summary>Whether nobody owns anything.</summary>
    public bool IsEmpty => Entries.Count == 0;

    /// <summary>Reads the JSON of <c>metadata.managedFields</c>; null when an entry cannot be understood, in which case none counts.</summary>
    public static ManagedFields? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, Nesting.Reader);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray) return null;
            var entries = new List<ManagerEntry>();
            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                if (ManagerEntry.Read(ref reader) is not { } entry) return null;
                // Of two entries of one manager the later counts.
                entries.RemoveAll(e => e.IsOf(entry));
                entries.Add(entry);
            }
            return reader.TokenType == JsonTokenType.EndArray ? new(entries) : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>What a client means by managed fields in a document that it sends: to leave them (null), to clear them, or to set them.</summary>
    public static ManagedFields? Given(JsonNode? node)
    {
        if (node is not JsonArray list) return null;
        if (list.Count == 0 || list is [JsonObject { Count: 0 }]) return None;
        return Read(System.Text.Encoding.UTF8.GetBytes(list.ToJsonString()));
    }

    /// <summary>The value of <c>metadata.managedFields</c>; null when nobody owns anything.</summary>
    public JsonNode? ToJson()
    {
        if (IsEmpty) return null;
        using var writer = new FieldsWriter();
        writer.Raw("["u8);
        foreach (var entry in Entries.OrderBy(e => e, ManagerEntry.Order))
        {
            writer.Separate();
            entry.Write(writer, static (w, e) => FieldsV1.Write(w, e.Fields));
        }
        writer.Raw("]"u8);
        return JsonNode.Parse(writer.Written, documentOptions: Nesting.Document);
    }

    /// <summary>Whether the same managers own the same fields, whenever they came to.</summary>
    public bool SameOwners(ManagedFields other) =>
        Entries.Count == other.Entries.Count
        && Entries.All(e => other.Entries.FirstOrDefault(e.IsOf) is { } theirs && theirs.ApiVersion == e.ApiVersion && theirs.Fields.SetEquals(e.Fields));
}

/// <summary>What one manager owns through one operation.</summary>
/// <param name="Manager">Name of the manager.</param>
/// <param name="Operation"><c>Apply</c> or <c>Update</c>.</param>
/// <param name="ApiVersion">The version that the paths are of.</param>
/// <param name="Subresource">The subresource written to; empty for the object itself.</param>
/// <param name="Time">When the entry last changed, as text; null when that is not known.</param>
/// <param name="Fields">The fields.</param>
internal sealed record ManagerEntry(string Manager, string Operation, string ApiVersion, string Subresource, string? Time, FieldSet Fields)
{
    public const string Apply = "Apply";
    public const string Update = "Update";

    /// <summary>The order of entries in an object: what was applied first, then by time.</summary>
    public static readonly IComparer<ManagerEntry> Order = Comparer<ManagerEntry>.Create((a, b) =>
    {
        var order = string.CompareOrdinal(a.Operation, b.Operation);
        if (order == 0) order = string.CompareOrdinal(a.Time, b.Time);
        if (order == 0) order = string.CompareOrdinal(a.Manager, b.Manager);
        if (order == 0) order = string.CompareOrdinal(a.ApiVersion, b.ApiVersion);
        return order != 0 ? order : string.CompareOrdinal(a.Subresource, b.Subresource);
    });

    /// <summary>Whether it was applied and not updated.</summary>
    public bool IsApplied => Operation == Apply;

    /// <summary>
    /// Whether both are of one manager: an applier is known by its name and subresource, an updater also by the version it writes.
    /// </summary>
    public bool IsOf(ManagerEntry other) =>
        Manager == other.Manager && Operation == other.Operation && Subresource == other.Subresource && (IsApplied || ApiVersion == other.ApiVersion);

    /// <summary>How messages name the manager.</summary>
    public string Shown()
    {
        var text = JsonValue.Create(Manager).Shown();
        if (Subresource.Length > 0) text += $" with subresource \"{Subresource}\"";
        return IsApplied ? text : $"{text} using {ApiVersion}";
    }

    /// <summary>Reads an entry; null when it is not valid.</summary>
    /// <exception cref="FormatException">The fields are malformed.</exception>
    public static ManagerEntry? Read(ref Utf8JsonReader reader)
    {
        string manager = "", operation = "", apiVersion = "", subresource = "", type = "";
        string? time = null;
        var fields = FieldSet.Empty;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null) continue;
            switch (name)
            {
                case "manager": manager = reader.GetString()!; break;
                case "operation": operation = reader.GetString()!; break;
                case "apiVersion": apiVersion = reader.GetString()!; break;
                case "subresource": subresource = reader.GetString()!; break;
                case "fieldsType": type = reader.GetString()!; break;
                case "time" when Meta.ParseTime(reader.GetString()) is { } when: time = Meta.FormatTime(when); break;
                case "fieldsV1": fields = FieldsV1.Read(ref reader); break;
                default: reader.Skip(); break;
            }
        }
        return operation is Apply or Update && apiVersion.Length > 0 && type == "FieldsV1" ? new(manager, operation, apiVersion, subresource, time, fields) : null;
    }

    /// <summary>Writes the entry, with fields that <paramref name="writeFields"/> writes.</summary>
    public void Write(FieldsWriter writer, Action<FieldsWriter, ManagerEntry> writeFields)
    {
        writer.Raw("{"u8);
        if (Manager.Length > 0)
        {
            writer.Raw("\"manager\":"u8);
            writer.Text(Manager);
        }
        writer.Separate();
        writer.Raw(IsApplied ? "\"operation\":\"Apply\",\"apiVersion\":"u8 : "\"operation\":\"Update\",\"apiVersion\":"u8);
        writer.Text(ApiVersion);
        if (Time is not null)
        {
            writer.Raw(",\"time\":"u8);
            writer.Text(Time);
        }
        writer.Raw(",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":"u8);
        writeFields(writer, this);
        if (Subresource.Length > 0)
        {
            writer.Raw(",\"subresource\":"u8);
            writer.Text(Subresource);
        }
        writer.Raw("}"u8);
    }
}
