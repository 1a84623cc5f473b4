using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;

namespace Slipway.ApiServer.Reads;

/// <summary>Where the next part of a list begins: opaque to clients.</summary>
/// <param name="Revision">Revision of the whole list; -1 for whatever is newest.</param>
/// <param name="After">Key of the last item, relative to the resource's prefix.</param>
/// <param name="Remaining">How many items the list has after that one; null where that was not counted.</param>
internal readonly record struct ContinueToken(long Revision, string After, long? Remaining = null)
{
    private const string Version = "meta.k8s.io/v1";

    public override string ToString()
    {
        var json = new JsonObject { ["v"] = Version, ["rv"] = Revision, ["start"] = After };
        if (Remaining is not null) json["left"] = Remaining;
        return Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()));
    }

    /// <exception cref="ApiException">400: not a token of this server.</exception>
    public static ContinueToken Parse(string text)
    {
        try
        {
            if (JsonNode.Parse(Base64Url.DecodeFromChars(text)) is JsonObject json
                && (string?)json["v"] == Version && (string?)json["start"] is { Length: > 0 } after && (long?)json["rv"] is not (null or 0) and var revision)
                return new(revision.Value, after, (long?)json["left"]);
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or ArgumentException)
        {
            // Falls through: whatever it is, it did not come from here.
        }
        throw ApiException.BadRequest("invalid continue token: continue key is not valid: it must be the metadata.continue of the previous part of the list");
    }
}
