using System.Text.Json;
using Slipway.Api;
using Slipway.Api.Documents;
using k8s;
using k8s.Models;

namespace Slipway.Client;

/// <summary>Parses one frame of a watch: <c>{"type":"ADDED","object":{…}}</c>.</summary>
internal static class WatchFrame
{
    private static ReadOnlySpan<byte> Added => """{"type":"ADDED","object":"""u8;

    private static ReadOnlySpan<byte> Modified => """{"type":"MODIFIED","object":"""u8;

    private static ReadOnlySpan<byte> Deleted => """{"type":"DELETED","object":"""u8;

    /// <exception cref="ApiException">The frame is an <c>ERROR</c>.</exception>
    /// <exception cref="JsonException">The frame or its object is malformed.</exception>
    public static WatchEvent<T> Parse<T>(ReadOnlySpan<byte> json, Resource<T> resource)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (TryParseUsual(json, resource) is { } usual)
            return usual;
        var parts = Split(json);
        var body = parts.Object;
        switch (parts.Type)
        {
            case "ADDED":
                return Changed(WatchEventType.Added, body, resource);
            case "MODIFIED":
                return Changed(WatchEventType.Modified, body, resource);
            case "DELETED":
                return Changed(WatchEventType.Deleted, body, resource);
            case "BOOKMARK":
                var (version, ends) = ReadBookmark(body);
                return new(WatchEventType.Bookmark, null, version, ends);
            case "ERROR":
                throw StatusReader.Parse(500, body.ToArray());
            default:
                throw new JsonException($"a watch event of unknown type \"{parts.Type}\"");
        }
    }

    // As servers write it: the object is known to end where the frame does, and need not be read to find its end.
    private static WatchEvent<T>? TryParseUsual<T>(ReadOnlySpan<byte> json, Resource<T> resource)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var (type, start) = json switch
        {
            _ when json.StartsWith(Added) => (WatchEventType.Added, Added.Length),
            _ when json.StartsWith(Modified) => (WatchEventType.Modified, Modified.Length),
            _ when json.StartsWith(Deleted) => (WatchEventType.Deleted, Deleted.Length),
            _ => (default, 0),
        };
        if (start == 0 || json[^1] != (byte)'}')
            return null;
        try
        {
            return Changed(type, json[start..^1], resource);
        }
        catch (JsonException)
        {
            return null; // something follows the object, or it is malformed: then that is told of the whole frame
        }
    }

    private static WatchEvent<T> Changed<T>(WatchEventType type, ReadOnlySpan<byte> body, Resource<T> resource)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var item = resource.Read(body);
        return new(type, item, item.Metadata.ResourceVersion ?? "");
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
