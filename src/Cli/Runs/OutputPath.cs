using System.Text.RegularExpressions;
using Slipway.Api.Kinds;

namespace Slipway.Cli.Runs;

/// <summary>Names what a task left (<c>report/table</c>, <c>clean[3]/flights</c>, <c>etl[2].clean/flights</c>), or a task or item alone (<c>clean[3]</c>).</summary>
/// <param name="Task">The task or item.</param>
/// <param name="Output">Name of the output; null if none is named.</param>
internal sealed partial record OutputPath(TaskPath Task, string? Output)
{
    /// <summary>Reads the text; null if it is nothing of the kind.</summary>
    public static OutputPath? Parse(string text)
    {
        if (Pattern().Match(text) is not { Success: true } match || TaskPath.TryParse(match.Groups["task"].Value) is not { } task) return null;
        return new(task, match.Groups["output"] is { Success: true } output ? output.Value : null);
    }

    [GeneratedRegex(@"^(?<task>[^/]+)(/(?<output>[A-Za-z0-9_.-]+))?$")]
    private static partial Regex Pattern();
}
