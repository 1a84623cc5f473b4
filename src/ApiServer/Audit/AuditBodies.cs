using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Audit;

/// <summary>Bodies of requests and answers as documents, where they are such.</summary>
internal static class AuditBodies
{
    /// <summary>The document or patch that a request sends; null when there is none that can be read.</summary>
    public static JsonNode? OfRequest(ApiRequest request)
    {
        if (request.Body.IsEmpty) return null;
        try
        {
            return request.ContentType.StartsWith(MediaTypes.JsonPatch, StringComparison.Ordinal)
                ? DocumentReader.ParseJsonNode(request.Body.Span)
                : RequestDocument.Read(request);
        }
        catch (ApiException)
        {
            return null;   // refused by the request itself, which is recorded with the reason
        }
    }

    /// <summary>The document that a reply holds; null when it is a stream or no JSON.</summary>
    public static JsonNode? OfReply(Reply reply)
    {
        if (reply.Body.IsEmpty || !reply.ContentType.StartsWith(MediaTypes.Json, StringComparison.Ordinal)) return null;
        try
        {
            return JsonNode.Parse(reply.Body.Span, documentOptions: Nesting.Document);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static void Write(Utf8JsonWriter json, string name, JsonNode document, bool omitManagedFields)
    {
        if (omitManagedFields && document is JsonObject map)
        {
            map.Object("metadata")?.Remove("managedFields");
            foreach (var item in map.Objects("items")) item.Object("metadata")?.Remove("managedFields");
        }
        json.WritePropertyName(name);
        document.WriteTo(json);
    }
}
