using System.CommandLine;
using Slipway.Api.Kinds;

namespace Slipway.Cli.Runs;

/// <summary>Reads <c>--start</c> and <c>--end</c>.</summary>
internal static class RunInterval
{
    /// <summary>The options.</summary>
    public static (Option<string?> Start, Option<string?> End) Options() => (
        new("--start") { Description = "Beginning of the interval of data, such as 2026-01-31 or 2026-01-31T06:00:00Z; run.start in expressions", HelpName = "TIME" },
        new("--end") { Description = "End of the interval of data; run.end in expressions", HelpName = "TIME" });

    /// <summary>The interval; null if neither is given.</summary>
    /// <exception cref="CommandException">One is no time or given without the other, or they are not in order.</exception>
    public static DataInterval? Of(string? start, string? end)
    {
        if (start is null && end is null) return null;
        if (start is null || end is null) throw new CommandException("--start and --end belong together; give both or neither", ExitCodes.Usage);
        var (from, to) = (TimeOption.Parse("--start", start), TimeOption.Parse("--end", end));
        if (from >= to) throw new CommandException($"--start {start} must be earlier than --end {end}", ExitCodes.Usage);
        return new() { Start = from, End = to };
    }
}
