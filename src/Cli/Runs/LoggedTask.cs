using System.Globalization;
using Slipway.Api.Kinds;

namespace Slipway.Cli.Runs;

/// <summary>Whose logs are asked for: <c>clean[3]</c>, or <c>clean[3]#2</c> for the second attempt alone, as each line of a log is tagged.</summary>
/// <param name="Path">The task or item, with all that lies in it.</param>
/// <param name="Attempt">Number of the attempt, from 1; null for all.</param>
internal sealed record LoggedTask(TaskPath Path, int? Attempt = null)
{
    /// <summary>Reads the text; null if it is nothing of the kind.</summary>
    public static LoggedTask? Parse(string text)
    {
        var mark = text.LastIndexOf('#');
        if (TaskPath.TryParse(mark < 0 ? text : text[..mark]) is not { } path) return null;
        if (mark < 0) return new(path);
        return int.TryParse(text.AsSpan(mark + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt) && attempt > 0 ? new(path, attempt) : null;
    }

    /// <summary>Whether an attempt is asked for.</summary>
    public bool Covers(TaskPath path, int attempt) => Path.Covers(path) && (Attempt is null || Attempt == attempt);

    /// <inheritdoc/>
    public override string ToString() => Attempt is null ? Path.Text : $"{Path}#{Attempt}";
}
