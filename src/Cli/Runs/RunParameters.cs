using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Cli.Runs;

/// <summary>Reads <c>--param NAME=VALUE</c>.</summary>
internal static class RunParameters
{
    /// <summary>The option.</summary>
    public static Option<string[]> Option() => new("--param", "-p")
    {
        Description = "A parameter of the flow; may be repeated. JSON (3, true, [1, 2]) is a value, unless the parameter has the type string or the number would change (1.10)",
        HelpName = "NAME=VALUE",
    };

    /// <summary>The texts by name.</summary>
    /// <exception cref="CommandException">One is not of the form NAME=VALUE, or is given twice.</exception>
    public static IReadOnlyDictionary<string, string> Split(IEnumerable<string> texts, string option = "--param")
    {
        var parameters = new Dictionary<string, string>();
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=');
            if (equals <= 0) throw new CommandException($"{option} {text} is not of the form NAME=VALUE", ExitCodes.Usage);
            if (!parameters.TryAdd(text[..equals], text[(equals + 1)..]))
                throw new CommandException($"{option} {text[..equals]} is given twice", ExitCodes.Usage);
        }
        return parameters;
    }

    /// <summary>The values of a flow's parameters: as their types say.</summary>
    public static Dictionary<string, JsonNode?> Of(FlowSpec flow, IReadOnlyDictionary<string, string> texts) =>
        texts.ToDictionary(t => t.Key, t => Value(t.Value, flow.Params.Find(p => p.Name == t.Key)?.Type));

    /// <summary>
    /// The value of a text. For a parameter of type string it is the text; of any other type, the JSON that it is. Without a type it is that JSON too,
    /// but a number that a task would see written differently (<c>1.10</c>, <c>1e5</c>) stays the text that was typed.
    /// </summary>
    public static JsonNode? Value(string text, string? type)
    {
        if (type == FlowParam.StringType || !Json(text, out var json)) return JsonValue.Create(text);
        return type is null && json?.GetValueKind() == JsonValueKind.Number && Computed(CelJson.ToCel(json)) != text ? JsonValue.Create(text) : json;
    }

    /// <summary>The document that a text is, or else the text.</summary>
    public static JsonNode? Document(string text) => Json(text, out var json) ? json : JsonValue.Create(text);

    /// <summary>A number as a task sees it that an expression has computed with.</summary>
    private static string Computed(CelValue number) => number is not CelDouble { Value: var value } ? CelJson.ToText(number) : double.IsFinite(value) ? CelJson.ToText(new CelDouble(value)) : "";

    private static bool Json(string text, out JsonNode? json)
    {
        try
        {
            json = JsonNode.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            json = null;
            return false;
        }
    }
}
