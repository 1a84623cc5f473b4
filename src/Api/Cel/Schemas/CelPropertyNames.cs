using System.Text;

namespace Slipway.Api.Cel;

/// <summary>
/// How expressions write the names of properties that are no identifiers
/// (<see href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-expression"/>):
/// <c>x-y</c> as <c>x__dash__y</c>, <c>namespace</c> as <c>__namespace__</c>.
/// </summary>
internal static class CelPropertyNames
{
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    };

    private static readonly (string Text, string Escaped)[] Parts = [("__", "__underscores__"), (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__")];

    /// <summary>The name as expressions write it; null for a property that they cannot read.</summary>
    public static string? Escape(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '/')) return null;
        if (Reserved.Contains(name)) return $"__{name}__";
        var text = new StringBuilder(name.Length);
        for (var at = 0; at < name.Length;)
        {
            var (part, escaped) = Parts.FirstOrDefault(p => string.CompareOrdinal(name, at, p.Text, 0, p.Text.Length) == 0);
            text.Append(escaped ?? name[at].ToString());
            at += part?.Length ?? 1;
        }

        return text.ToString();
    }

    /// <summary>All names by which expressions can read a property: reserved words that can stand after a dot need no escape.</summary>
    public static IEnumerable<string> All(string name)
    {
        if (Escape(name) is not { } escaped) yield break;
        yield return escaped;
        if (Reserved.Contains(name) && name is not ("true" or "false" or "null" or "in")) yield return name;
    }

    /// <summary>The property that an expression means.</summary>
    public static string Unescape(string escaped)
    {
        if (!escaped.Contains("__", StringComparison.Ordinal)) return escaped;
        if (escaped.Length > 4 && escaped.StartsWith("__", StringComparison.Ordinal) && escaped.EndsWith("__", StringComparison.Ordinal) && Reserved.Contains(escaped[2..^2])) return escaped[2..^2];
        var text = new StringBuilder(escaped.Length);
        for (var at = 0; at < escaped.Length;)
        {
            var (part, found) = Parts.FirstOrDefault(p => string.CompareOrdinal(escaped, at, p.Escaped, 0, p.Escaped.Length) == 0);
            text.Append(part ?? escaped[at].ToString());
            at += found?.Length ?? 1;
        }

        return text.ToString();
    }
}
