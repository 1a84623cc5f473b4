using System.Text;

namespace Slipway.Api.Schemas;

/// <summary>
/// The <c>fieldPath</c> of a rule: steps <c>.name</c> and <c>['name']</c> to fields and entries that the schema declares.
/// </summary>
internal static class RulePath
{
    /// <summary>The path without its leading dot, entries of maps in brackets; null for one that leads to nothing declared.</summary>
    public static string? Normalize(string path, Schema schema)
    {
        var made = new StringBuilder();
        var current = schema;
        for (var at = 0; at < path.Length;)
        {
            if (Step(path, ref at) is not { Length: > 0 } name) return null;
            if (current.Properties.TryGetValue(name, out var property))
            {
                made.Append(made.Length > 0 ? "." : "").Append(name);
                current = property;
            }
            else if (current is { Properties.Count: 0, AdditionalProperties: { } values })
            {
                made.Append('[').Append(name).Append(']');
                current = values;
            }
            else
            {
                return null;
            }
        }

        return made.Length == 0 ? null : made.ToString();
    }

    private static string? Step(string path, ref int at)
    {
        if (path[at] == '.')
        {
            var start = ++at;
            while (at < path.Length && path[at] is not ('.' or '[' or ']')) at++;
            return path[start..at];
        }

        if (path[at] != '[' || at + 1 >= path.Length || path[at + 1] != '\'') return null;
        var name = new StringBuilder();
        for (at += 2; at < path.Length && path[at] != '\''; at++)
        {
            if (path[at] != '\\')
            {
                name.Append(path[at]);
                continue;
            }

            if (++at >= path.Length || "abfnrtv'\\".IndexOf(path[at]) is not (>= 0 and var escape)) return null;
            name.Append("\a\b\f\n\r\t\v'\\"[escape]);
        }

        if (at + 1 >= path.Length || path[at + 1] != ']') return null;
        at += 2;
        return name.ToString();
    }
}
