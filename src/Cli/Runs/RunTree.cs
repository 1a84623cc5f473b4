using Slipway.Api.Kinds;
using Slipway.Cli.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Slipway.Cli.Runs;

/// <summary>The task tree of a run, drawn for a terminal.</summary>
internal static class RunTree
{
    private const int ItemsShown = 12;

    /// <summary>Spaces on both sides of each column.</summary>
    private const int Padding = 2;

    /// <summary>Columns of a terminal below which there is room for names and notes only without memory and attempts.</summary>
    private const int Narrow = 60;

    private static readonly string[] Heads = ["TASK", "STATE", "TIME", "MEMORY", "ATTEMPTS", ""];

    /// <summary>
    /// A table of tasks and items with state, duration, memory, attempts and what is to be said of each, and below it the run as a whole. Names and notes are
    /// cut to what has room; of more rows than have room, those that failed or run are shown, and others counted.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="now">The present, for the durations of what still runs.</param>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="height">Lines of the terminal.</param>
    public static IRenderable Draw(FlowRun run, DateTimeOffset now, int width, int height)
    {
        var summary = TerminalText.Cut(RunRows.Summary(run, now), Math.Max(1, (2 * width) - 20)); // two lines, broken between words
        // Beside the rows there are the heads, the summary and the line of the cursor.
        var shown = FoldedRows.Of(RunRows.For(run, now, ItemsShown), Math.Max(3, height - 4));
        var all = shown.Rows.Select(Cells).ToList();
        int[] columns = width < Narrow ? [0, 1, 2, 5] : [0, 1, 2, 3, 4, 5];
        var widths = columns.Select(c => all.Select(cells => TerminalText.Width(cells[c])).Append(Heads[c].Length).Max()).ToArray();
        var free = Math.Max(2, width - (Padding * columns.Length) - widths[1..^1].Sum());
        if (widths[0] + widths[^1] > free)
        {
            // Names come first, but leave a note half of the room if it needs it.
            widths[0] = Math.Min(widths[0], Math.Max(free - widths[^1], free / 2));
            widths[^1] = free - widths[0];
        }

        var table = new Table().Border(TableBorder.None);
        foreach (var column in columns)
        {
            var head = new TableColumn($"[grey]{Heads[column]}[/]").NoWrap();
            table.AddColumn(column is 2 or 3 or 4 ? head.RightAligned() : head);
        }
        foreach (var (row, cells) in shown.Rows.Zip(all))
            table.AddRow([.. columns.Select((column, i) => Styled(column, row.Phase, TerminalText.Cut(cells[column], Math.Max(1, widths[i]))))]);
        List<IRenderable> parts = [table, new Markup($"[grey]{Markup.Escape(summary)}[/]")];
        if (shown.Ended is { } ended) parts.Insert(0, Fold(ended));
        if (shown.Open is { } open) parts.Insert(parts.Count - 1, Fold(open));
        return new Rows(parts);

        Markup Fold(string text) => new($" [grey]{Markup.Escape(TerminalText.Cut(text, width - 2))}[/]");
    }

    private static string[] Cells(RunRow row) =>
    [
        row.Depth == 0 ? row.Name : $"  └ {row.Name}",
        $"{Sign(row.Phase)} {row.Phase}",
        row.Duration is { } duration ? Units.Duration(duration) : "",
        row.Memory,
        row.Attempts is { } attempts and > 0 ? $"{attempts}" : "",
        row.Note,
    ];

    private static Markup Styled(int column, string phase, string text) => column switch
    {
        1 => new($"[{Color(phase)}]{Markup.Escape(text)}[/]"),
        5 => new($"[grey]{Markup.Escape(text)}[/]"),
        _ => new(Markup.Escape(text)),
    };

    private static string Sign(string phase) => phase switch
    {
        FlowPhase.Running => "●",
        FlowPhase.Succeeded => "✔",
        FlowPhase.Failed => "✘",
        _ => "○",
    };

    private static string Color(string phase) => phase switch
    {
        FlowPhase.Running => "blue",
        FlowPhase.Succeeded => "green",
        FlowPhase.Failed => "red",
        _ => "grey",
    };
}
