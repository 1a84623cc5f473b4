using System.CommandLine;

namespace Slipway.Cli.Output;

/// <summary>How objects are printed.</summary>
public enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>JSON, indented.</summary>
    Json,

    /// <summary>YAML.</summary>
    Yaml,

    /// <summary>For people, with all columns.</summary>
    Wide,

    /// <summary>Names alone, one a line, for other commands.</summary>
    Name,
}

/// <summary>The option that chooses the format.</summary>
public static class OutputFormats
{
    /// <summary><c>-o json|yaml|table</c>.</summary>
    /// <param name="further">What else the command can print: <c>wide</c>, <c>name</c>.</param>
    public static Option<string> Option(params string[] further)
    {
        string[] all = ["json", "yaml", "table", .. further];
        var option = new Option<string>("--output", "-o") { Description = "How to print", HelpName = string.Join('|', all), DefaultValueFactory = _ => "table" };
        option.AcceptOnlyFromAmong(all);
        return option;
    }

    /// <summary>The format of an accepted value.</summary>
    public static OutputFormat Parse(string? text) => text switch
    {
        "json" => OutputFormat.Json,
        "yaml" => OutputFormat.Yaml,
        "wide" => OutputFormat.Wide,
        "name" => OutputFormat.Name,
        _ => OutputFormat.Table,
    };
}
