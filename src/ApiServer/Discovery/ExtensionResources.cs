using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Discovery;

/// <summary>What a handler of one part of the path space serves: a group, a version, and the resources as it lists them.</summary>
internal sealed record ExtensionResources(string Group, string Version, IReadOnlyList<JsonObject> Resources)
{
    private static readonly UserInfo Asker = new("system:aggregator", [UserInfo.Masters]);

    /// <summary>Asks the handlers what they serve. One that does not say is listed without resources.</summary>
    public static async ValueTask<IReadOnlyList<ExtensionResources>> AskAsync(IReadOnlyList<IExtensionApi> extensions, CancellationToken cancellation)
    {
        var answers = new List<ExtensionResources>();
        foreach (var extension in extensions)
        {
            if (extension.PathPrefix.Split('/') is not ["", "apis", var group, var version]) continue;
            await using var response = await extension.SendAsync(Asker, new ApiRequest("GET", extension.PathPrefix), cancellation);
            answers.Add(new(group, version, response.IsSuccess ? Parse(response.Body.Span) : []));
        }
        return answers;
    }

    private static JsonObject[] Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            return [.. (JsonNode.Parse(body) as JsonObject)?.Objects("resources") ?? []];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
