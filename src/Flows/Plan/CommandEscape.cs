using System.Text;

namespace Slipway.Flows;

/// <summary>
/// Kubernetes replaces <c>$(NAME)</c> in commands, arguments and variables by the pod's variables, and <c>$$</c> by <c>$</c>
/// (<see href="https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/"/>). A task's texts
/// arrive as the flow has them. Which variables there are only the node knows, since they come by <c>envFrom</c> and from admission too: every
/// <c>$(</c> is doubled, so that no text of a parameter or an item is taken for the name of a Secret's key.
/// </summary>
internal static class CommandEscape
{
    public static string Text(string text)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
            return text;
        var escaped = new StringBuilder(text.Length + 8);
        for (var at = 0; at < text.Length; at++)
        {
            escaped.Append(text[at]);
            if (text[at] != '$' || at + 1 == text.Length)
                continue;
            if (text[at + 1] == '$')
            {
                // Two dollars become one: four become two.
                escaped.Append("$$$");
                at++;
            }
            else if (text[at + 1] == '(')
            {
                escaped.Append('$');
            }
        }

        return escaped.ToString();
    }

    /// <summary>A part of a text, which begins nothing that the next part could complete.</summary>
    /// <param name="part">The part.</param>
    /// <param name="isValue">Whether it arrives as it is; if not, what Kubernetes replaces is meant.</param>
    public static string Part(string part, bool isValue)
    {
        var text = isValue ? Text(part) : part;
        var dollars = text.Length - text.AsSpan().TrimEnd('$').Length;
        return dollars % 2 == 0 ? text : text + "$";
    }

    /// <summary>What the container gets of an escaped text.</summary>
    public static string Undo(string text) => text.Replace("$$", "$", StringComparison.Ordinal);
}
