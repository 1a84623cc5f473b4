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
}

/// <summary>The option that chooses the format.</summary>
public static class OutputFormats
{
    /// <summary><c>-o json|yaml|table</c>.</summary>
    public static Option<string> Option()
    {
        var option = new Option<string>("--output", "-o") { Description = "How to print", HelpName = "json|yaml|table", DefaultValueFactory = _ => "table" };
        option.AcceptOnlyFromAmong("json", "yaml", "table");
        return option;
    }

    /// <summary>The format of an accepted value.</summary>
    public static OutputFormat Parse(string? text) => text switch
    {
        "json" => OutputFormat.Json,
        "yaml" => OutputFormat.Yaml,
        _ => OutputFormat.Table,
    };
}
