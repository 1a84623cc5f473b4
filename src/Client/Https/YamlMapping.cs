using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Slipway.Client;

/// <summary>Reads and changes single fields of a YAML mapping, leaving all others as they are.</summary>
internal static class YamlMapping
{
    public static string? Text(this YamlMappingNode map, string field) => (map.Value(field) as YamlScalarNode)?.Value;

    public static YamlMappingNode? Map(this YamlMappingNode map, string field) => map.Value(field) as YamlMappingNode;

    public static YamlSequenceNode? List(this YamlMappingNode map, string field) => map.Value(field) as YamlSequenceNode;

    /// <summary>Sets a field, at its place if it is there, else as the last.</summary>
    public static void Set(this YamlMappingNode map, string field, YamlNode value) => map.Children[new YamlScalarNode(field)] = value;

    /// <summary>Sets a text field, or removes it when the text is null.</summary>
    public static void Put(this YamlMappingNode map, string field, string? text)
    {
        if (text is null)
            map.Children.Remove(new YamlScalarNode(field));
        else
            map.Set(field, new YamlScalarNode(text) { Style = NeedsQuotes(text) ? ScalarStyle.DoubleQuoted : ScalarStyle.Plain });
    }

    private static YamlNode? Value(this YamlMappingNode map, string field) => map.Children.TryGetValue(new YamlScalarNode(field), out var value) ? value : null;

    // Plain, these would be read as a number, a boolean or null.
    private static bool NeedsQuotes(string text) =>
        text.Length == 0 || double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _)
        || text.ToUpperInvariant() is "TRUE" or "FALSE" or "YES" or "NO" or "ON" or "OFF" or "Y" or "N" or "NULL" or "~";
}
