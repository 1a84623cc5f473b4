using System.Text;

namespace Slipway.Api.Cel;

/// <summary>What is wrong with an expression.</summary>
/// <param name="Position">Where, as an offset in the text from 0.</param>
/// <param name="Message">What, without the position.</param>
public readonly record struct CelIssue(int Position, string Message)
{
    /// <summary>Most characters of a line that are shown before and after the place.</summary>
    private const int MaxShown = 200;

    /// <summary>The issue with its line of the expression and a mark below it.</summary>
    public string Shown(string text)
    {
        var position = Math.Min(Position, text.Length);
        var start = position == 0 ? 0 : text.LastIndexOf('\n', position - 1) + 1;
        var end = text.IndexOf('\n', start);
        if (end < 0) end = text.Length;
        var number = 1 + text.AsSpan(0, start).Count('\n');
        var (from, to) = (Math.Max(start, position - MaxShown), Math.Min(end, position + MaxShown));
        return new StringBuilder()
            .Append("ERROR: <input>:").Append(number).Append(':').Append(position - start + 1).Append(": ").Append(Message)
            .Append("\n | ").Append(text, from, to - from)
            .Append("\n | ").Append('.', position - from).Append('^').ToString();
    }
}

/// <summary>An expression that cannot be compiled: its syntax or its types are wrong.</summary>
/// <param name="text">The expression.</param>
/// <param name="issues">What is wrong, at least one.</param>
public sealed class CelCompileException(string text, IReadOnlyList<CelIssue> issues) : Exception(string.Join('\n', issues.Select(i => i.Shown(text))))
{
    public IReadOnlyList<CelIssue> Issues { get; } = issues;
}
