using System.Text.Json;
using Slipway.Api.Documents;
using k8s;
using k8s.Models;

namespace Slipway.Client;

/// <summary>Reads a list document item by item, without a model of the list.</summary>
internal static class ListReader
{
    /// <summary>Adds the objects of one page to <paramref name="items"/>.</summary>
    /// <returns>The list's resource version, and the token of the next page if there is one.</returns>
    public static (string ResourceVersion, string? Continue) Read<T>(ReadOnlySpan<byte> json, Resource<T> resource, List<T> items)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var reader = new Utf8JsonReader(json, Nesting.Reader);
        string version = "", next = "";
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("items"u8))
                ReadItems(ref reader, resource, items);
            else if (reader.ValueTextEquals("metadata"u8))
                (version, next) = ReadMetadata(ref reader);
            else
                reader.Skip();
        }
        return (version, next.Length == 0 ? null : next);
    }

    private static void ReadItems<T>(ref Utf8JsonReader reader, Resource<T> resource, List<T> items)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
            return; // null: an empty list as Go writes it
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(resource.Read(ref reader));
    }

    private static (string Version, string Continue) ReadMetadata(ref Utf8JsonReader reader)
    {
        string version = "", next = "";
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            return (version, next);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isVersion = reader.ValueTextEquals("resourceVersion"u8);
            var isNext = reader.ValueTextEquals("continue"u8);
            if (!isVersion && !isNext)
            {
                reader.Skip();
                continue;
            }
            reader.Read();
            var text = reader.GetString() ?? "";
            (version, next) = isVersion ? (text, next) : (version, text);
        }
        return (version, next);
    }
}
