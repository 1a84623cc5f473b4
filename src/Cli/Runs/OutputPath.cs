using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Cli.Runs;

/// <summary>Names what a task left (<c>report/table</c>, <c>clean[3]/flights</c>), or a task or item alone (<c>clean[3]</c>).</summary>
/// <param name="Task">Name of the task.</param>
/// <param name="Index">Index of the item in forEach; null if none is named.</param>
/// <param name="Output">Name of the output; null if none is named.</param>
internal sealed partial record OutputPath(string Task, int? Index, string? Output)
{
    /// <summary>Reads the text; null if it is nothing of the kind.</summary>
    public static OutputPath? Parse(string text)
    {
        if (Pattern().Match(text) is not { Success: true } match) return null;
        int? index = match.Groups["index"] is { Success: true } i ? int.Parse(i.Value, CultureInfo.InvariantCulture) : null;
        return new(match.Groups["task"].Value, index, match.Groups["output"] is { Success: true } output ? output.Value : null);
    }

    [GeneratedRegex(@"^(?<task>[A-Za-z0-9-]+)(\[(?<index>\d{1,6})\])?(/(?<output>[A-Za-z0-9_.-]+))?$")]
    private static partial Regex Pattern();
}
