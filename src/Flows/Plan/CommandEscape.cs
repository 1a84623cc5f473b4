using System.Text;

namespace Slipway.Flows;

/// <summary>
/// Kubernetes replaces <c>$(NAME)</c> in commands and variables by the pod's variables, and <c>$$</c> by <c>$</c>
/// (<see href="https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/"/>). A task's command
/// arrives as the flow has it, so those are doubled; everything else Kubernetes leaves alone.
/// </summary>
internal sealed class CommandEscape(IEnumerable<string> variables)
{
    private readonly HashSet<string> names = [.. variables];

    public string Text(string text)
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
            else if (text[at + 1] == '(' && text.IndexOf(')', at) is > 0 and var end && names.Contains(text[(at + 2)..end]))
            {
                escaped.Append('$');
            }
        }

        return escaped.ToString();
    }

    /// <summary>What the container gets of an escaped text, given that it refers to no variable.</summary>
    public static string Undo(string text) => text.Replace("$$", "$", StringComparison.Ordinal);
}
