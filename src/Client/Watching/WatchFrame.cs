using System.Text.Json;
using Slipway.Api;
using Slipway.Api.Documents;
using k8s;
using k8s.Models;

namespace Slipway.Client;

/// <summary>Parses one frame of a watch: <c>{"type":"ADDED","object":{…}}</c>.</summary>
internal static class WatchFrame
{
    /// <exception cref="ApiException">The frame is an <c>ERROR</c>.</exception>
    /// <exception cref="JsonException">The frame or its object is malformed.</exception>
    public static WatchEvent<T> Parse<T>(ReadOnlySpan<byte> json, Resource<T> resource)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var parts = Split(json);
        var type = parts.Type;
        var body = parts.Object;
        switch (type)
        {
            case "ADDED" or "MODIFIED" or "DELETED":
                var item = resource.Read(body);
                var kind = type switch { "ADDED" => WatchEventType.Added, "MODIFIED" => WatchEventType.Modified, _ => WatchEventType.Deleted };
                return new(kind, item, item.Metadata.ResourceVersion ?? "");
            case "BOOKMARK":
                var (version, ends) = ReadBookmark(body);
                return new(WatchEventType.Bookmark, null, version, ends);
            case "ERROR":
                throw StatusReader.Parse(500, body.ToArray());
            default:
                throw new JsonException($"a watch event of unknown type \"{type}\"");
        }
    }

    /// <summary>The object of a frame that could not be decoded, reduced to where the watch stands.</summary>
    public static string ResourceVersionOf(ReadOnlySpan<byte> json) => ReadBookmark(Split(json).Object).ResourceVersion;

    private static FrameParts Split(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Nesting.Reader);
        var type = "";
        ReadOnlySpan<byte> body = default;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                type = reader.GetString() ?? "";
            }
            else if (reader.ValueTextEquals("object"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                body = json[start..(int)reader.BytesConsumed];
            }
            else
                reader.Skip();
        }
        return new(type, body);
    }

    private static (string ResourceVersion, bool EndsInitialEvents) ReadBookmark(ReadOnlySpan<byte> json)
    {
        using var document = JsonDocument.Parse(json.ToArray(), Nesting.Document);
        if (!document.RootElement.TryGetProperty("metadata", out var metadata))
            return ("", false);
        var version = metadata.TryGetProperty("resourceVersion", out var text) ? text.GetString() ?? "" : "";
        var ends = metadata.TryGetProperty("annotations", out var annotations)
            && annotations.ValueKind == JsonValueKind.Object
            && annotations.TryGetProperty("k8s.io/initial-events-end", out var end)
            && end.GetString() == "true";
        return (version, ends);
    }

    private readonly ref struct FrameParts(string type, ReadOnlySpan<byte> body)
    {
        public readonly string Type = type;
        public readonly ReadOnlySpan<byte> Object = body;
    }
}
