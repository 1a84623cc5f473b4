using Slipway.Api.Kinds;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Slipway.Cli.Runs;

/// <summary>The task tree of a run, drawn for a terminal.</summary>
internal static class RunTree
{
    private const int ItemsShown = 12;

    /// <summary>A table of tasks and items with state, duration, memory, attempts and what is to be said of each, and below it the run as a whole.</summary>
    public static IRenderable Draw(FlowRun run, DateTimeOffset now)
    {
        var table = new Table().Border(TableBorder.None).AddColumns(
            new TableColumn("[grey]TASK[/]").NoWrap(), new TableColumn("[grey]STATE[/]").NoWrap(),
            new TableColumn("[grey]TIME[/]").RightAligned().NoWrap(), new TableColumn("[grey]MEMORY[/]").RightAligned().NoWrap(),
            new TableColumn("[grey]ATTEMPTS[/]").RightAligned().NoWrap(), new TableColumn(""));
        foreach (var row in RunRows.For(run, now, ItemsShown))
            table.AddRow(
                Markup.Escape(row.Depth == 0 ? row.Name : $"  └ {row.Name}"),
                State(row.Phase),
                row.Duration is { } duration ? Units.Duration(duration) : "",
                Markup.Escape(row.Memory),
                row.Attempts is { } attempts and > 0 ? $"{attempts}" : "",
                $"[grey]{Markup.Escape(row.Note)}[/]");
        return new Rows(table, new Markup($"[grey]{Markup.Escape(RunRows.Summary(run, now))}[/]"));
    }

    private static string State(string phase) => phase switch
    {
        FlowPhase.Running => "[blue]● Running[/]",
        FlowPhase.Succeeded => "[green]✔ Succeeded[/]",
        FlowPhase.Failed => "[red]✘ Failed[/]",
        FlowPhase.Skipped => "[grey]○ Skipped[/]",
        _ => $"[grey]○ {Markup.Escape(phase)}[/]",
    };
}
