using System.Text;

namespace Slipway.Node.Pods;

/// <summary>
/// Expands <c>$(NAME)</c> in commands, arguments and values as Kubernetes does: <c>$$</c> is a dollar sign, and a
/// reference to an unknown name stays as it is.
/// </summary>
internal static class Expansion
{
    public static string Expand(string text, IReadOnlyDictionary<string, string> values) => Expand(text, name => values.GetValueOrDefault(name) ?? $"$({name})");

    /// <summary>Expands where a reference to an unknown name would lead to a wrong place.</summary>
    /// <exception cref="ContainerConfigException">A name is unknown.</exception>
    public static string ExpandAll(string text, IReadOnlyDictionary<string, string> values) =>
        Expand(text, name => values.GetValueOrDefault(name) ?? throw new ContainerConfigException($"missing value for \"{name}\""));

    private static string Expand(string text, Func<string, string> valueOf)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
            return text;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }
            switch (text[i + 1])
            {
                case '$':
                    result.Append('$');
                    i++;
                    break;
                case '(' when text.IndexOf(')', i + 2) is > 0 and var end:
                    result.Append(valueOf(text[(i + 2)..end]));
                    i = end;
                    break;
                default:
                    result.Append('$');
                    break;
            }
        }
        return result.ToString();
    }
}
