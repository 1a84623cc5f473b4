using System.Text.RegularExpressions;
using Slipway.Api.Kinds;

namespace Slipway.Cli.Runs;

/// <summary>
/// Names what a task left (<c>report/table</c>, <c>clean[3]/flights</c>, <c>etl[2].clean/flights</c>), a file in a directory that it left
/// (<c>train/model/weights.bin</c>), or an output of the run itself (<c>report</c>).
/// </summary>
/// <param name="Task">The task or item; null for the run.</param>
/// <param name="Output">Name of the output.</param>
/// <param name="Below">Path in the directory; null for the whole output.</param>
internal sealed partial record OutputPath(TaskPath? Task, string Output, string? Below = null)
{
    /// <summary>The output without what lies in it.</summary>
    public string Whole => Task is null ? Output : $"{Task}/{Output}";

    /// <summary>Reads the text; null if it is nothing of the kind.</summary>
    public static OutputPath? Parse(string text)
    {
        if (Pattern().Match(text) is not { Success: true } match) return null;
        var output = match.Groups["output"].Value;
        if (!match.Groups["task"].Success) return match.Groups["below"].Success ? null : new(null, output);
        return TaskPath.TryParse(match.Groups["task"].Value) is { } task ? new(task, output, Text(match.Groups["below"])) : null;

        static string? Text(Group group) => group.Success ? group.Value : null;
    }

    [GeneratedRegex(@"^((?<task>[^/]+)/)?(?<output>[A-Za-z0-9_.-]+)(/(?<below>.+))?$")]
    private static partial Regex Pattern();
}
