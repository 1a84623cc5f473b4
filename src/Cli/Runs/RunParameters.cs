using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Cli.Runs;

/// <summary>Reads <c>--param NAME=VALUE</c>.</summary>
internal static class RunParameters
{
    /// <summary>The parameters by name. A value that is JSON (a number, true, a list) is taken as such, any other as text.</summary>
    /// <exception cref="CommandException">One is not of the form NAME=VALUE, or is given twice.</exception>
    public static Dictionary<string, JsonNode?> Parse(IEnumerable<string> texts)
    {
        var parameters = new Dictionary<string, JsonNode?>();
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=');
            if (equals <= 0) throw new CommandException($"--param {text} is not of the form NAME=VALUE", ExitCodes.Usage);
            if (!parameters.TryAdd(text[..equals], Value(text[(equals + 1)..])))
                throw new CommandException($"--param {text[..equals]} is given twice", ExitCodes.Usage);
        }
        return parameters;
    }

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
