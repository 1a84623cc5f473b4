using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;

namespace Slipway.ApiServer.Caching;

/// <summary>Reads the labels in the metadata of a document, whose order of fields is that in which documents are stored: they come early.</summary>
internal static class LabelReader
{
    /// <summary>The labels; null when there are none.</summary>
    public static JsonObject? Read(ReadOnlySpan<byte> metadata)
    {
        var reader = Start(metadata);
        return FindLabels(ref reader) ? JsonNode.Parse(ref reader) as JsonObject : null;
    }

    /// <summary>Whether the labels meet a selector. Nothing is built but the values that it asks for.</summary>
    public static bool Matches(ReadOnlySpan<byte> metadata, LabelSelector selector)
    {
        if (selector.SelectsEverything) return true;
        var reader = Start(metadata);
        var hasLabels = FindLabels(ref reader) && reader.TokenType == JsonTokenType.StartObject;
        foreach (var requirement in selector.Requirements)
            if (!requirement.IsMetBy(hasLabels ? ValueOf(reader, requirement.Key) : null)) return false;
        return true;
    }

    private static Utf8JsonReader Start(ReadOnlySpan<byte> metadata)
    {
        var reader = new Utf8JsonReader(metadata, Nesting.Reader);
        reader.Read();
        return reader;
    }

    // Stands on their value afterwards.
    private static bool FindLabels(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals("labels"u8);
            reader.Read();
            if (found) return true;
            reader.Skip();
        }
        return false;
    }

    // The reader is a copy that begins at the labels.
    private static string? ValueOf(Utf8JsonReader reader, string key)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(key);
            reader.Read();
            if (found) return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            reader.Skip();
        }
        return null;
    }
}
