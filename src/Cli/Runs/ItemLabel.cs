using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Runs;

/// <summary>How an item of <c>forEach</c> is shown to people.</summary>
internal static class ItemLabel
{
    /// <summary>The path of a file of a directory, whose hash and size say little; anything else as the record has it.</summary>
    public static string Of(string item)
    {
        if (!item.StartsWith('{') || !item.Contains("\"sha256\"", StringComparison.Ordinal))
            return item;
        try
        {
            return JsonNode.Parse(item) is JsonObject file && file.Text("path") is { } path ? path : item;
        }
        catch (JsonException)
        {
            return item;   // a text that looks like one
        }
    }
}
