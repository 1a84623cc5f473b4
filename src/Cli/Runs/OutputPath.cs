using System.Text.RegularExpressions;
using Slipway.Api.Kinds;

namespace Slipway.Cli.Runs;

/// <summary>
/// Names what a task left (<c>report/table</c>, <c>clean[3]/flights</c>, <c>etl[2].clean/flights</c>), a file in a directory that it left
/// (<c>train/model/weights.bin</c>), or a task or item alone (<c>clean[3]</c>).
/// </summary>
/// <param name="Task">The task or item.</param>
/// <param name="Output">Name of the output; null if none is named.</param>
/// <param name="Below">Path in the directory; null for the whole output.</param>
internal sealed partial record OutputPath(TaskPath Task, string? Output, string? Below = null)
{
    /// <summary>Reads the text; null if it is nothing of the kind.</summary>
    public static OutputPath? Parse(string text)
    {
        if (Pattern().Match(text) is not { Success: true } match || TaskPath.TryParse(match.Groups["task"].Value) is not { } task) return null;
        return new(task, Text(match.Groups["output"]), Text(match.Groups["below"]));

        static string? Text(Group group) => group.Success ? group.Value : null;
    }

    [GeneratedRegex(@"^(?<task>[^/]+)(/(?<output>[A-Za-z0-9_.-]+)(/(?<below>.+))?)?$")]
    private static partial Regex Pattern();
}
