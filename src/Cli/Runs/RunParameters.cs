using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Cli.Runs;

/// <summary>Reads <c>--param NAME=VALUE</c>.</summary>
internal static class RunParameters
{
    /// <summary>The option.</summary>
    public static Option<string[]> Option() => new("--param", "-p") { Description = "A parameter of the flow; may be repeated", HelpName = "NAME=VALUE" };

    /// <summary>The parameters by name. A value that is JSON (a number, true, a list) is taken as such, any other as text.</summary>
    /// <exception cref="CommandException">One is not of the form NAME=VALUE, or is given twice.</exception>
    public static Dictionary<string, JsonNode?> Parse(IEnumerable<string> texts, string option = "--param")
    {
        var parameters = new Dictionary<string, JsonNode?>();
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=');
            if (equals <= 0) throw new CommandException($"{option} {text} is not of the form NAME=VALUE", ExitCodes.Usage);
            if (!parameters.TryAdd(text[..equals], Value(text[(equals + 1)..])))
                throw new CommandException($"{option} {text[..equals]} is given twice", ExitCodes.Usage);
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
