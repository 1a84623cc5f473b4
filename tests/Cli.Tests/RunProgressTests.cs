using System.Text.Json.Nodes;
using Slipway.Api.Kinds;
using Slipway.Cli.Runs;

namespace Cli.Tests;

public sealed class RunProgressTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 6, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0.02, "20ms")]
    [InlineData(0.9996, "1.0s")]
    [InlineData(4.21, "4.2s")]
    [InlineData(59.96, "1m00s")]
    [InlineData(192, "3m12s")]
    [InlineData(7500, "2h05m")]
    [InlineData(273600, "3d04h")]
    public void Durations_show_two_parts_at_most(double seconds, string text) =>
        Assert.Equal(text, Units.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(900, "900")]
    [InlineData(223346688, "213Mi")]
    [InlineData(3650722201, "3.4Gi")]
    public void Bytes_are_in_powers_of_1024(long bytes, string text) => Assert.Equal(text, Units.Bytes(bytes));

    [Fact]
    public void A_fan_out_shows_its_progress_and_its_items()
    {
        var rows = RunRows.For(Run(Item(0, FlowPhase.Succeeded), Item(1, FlowPhase.Running, attempts: 2)), Start.AddSeconds(10));

        Assert.Equal(["clean", "[0] 2001-01", "[1] 2001-02"], rows.Select(row => row.Name));
        Assert.Equal("1/2", rows[0].Note);
        Assert.Equal("213Mi / 256Mi", rows[1].Memory);
        Assert.Equal(TimeSpan.FromSeconds(3), rows[1].Duration);
        Assert.Equal(TimeSpan.FromSeconds(10), rows[2].Duration);
    }

    [Fact]
    public void Of_many_items_those_that_need_attention_are_shown()
    {
        var items = Enumerable.Range(0, 30).Select(i => Item(i, i == 20 ? FlowPhase.Failed : FlowPhase.Succeeded)).ToArray();

        var rows = RunRows.For(Run(items), Start, itemsShown: 2);

        Assert.Equal(3, rows.Count);
        Assert.Contains(rows, row => row.Phase == FlowPhase.Failed && row.Depth == 1);
    }

    [Fact]
    public void Plain_progress_tells_each_change_once()
    {
        var progress = new PlainProgress();
        Assert.Equal(2, progress.Lines(Run(Item(0, FlowPhase.Running)), Start).Count);

        Assert.Empty(progress.Lines(Run(Item(0, FlowPhase.Running)), Start.AddSeconds(1)));

        var retried = progress.Lines(Run(Item(0, FlowPhase.Running, attempts: 2)), Start.AddSeconds(2));
        Assert.Contains("attempt 2", Assert.Single(retried));
        Assert.Contains("clean[0] 2001-01", retried[0]);
    }

    [Fact]
    public void What_the_whole_run_waits_for_is_told_once()
    {
        var progress = new PlainProgress();
        var run = new FlowRun { Status = new() { Phase = FlowPhase.Pending, Message = "waits for its turn: 1 run is under way" } };
        Assert.Equal("06:00:00  waits for its turn: 1 run is under way", Assert.Single(progress.Lines(run, Start)));
        Assert.Empty(progress.Lines(run, Start.AddSeconds(1)));
    }

    [Fact]
    public void The_tree_on_a_terminal_ends_with_the_run_as_a_whole()
    {
        var run = Run(Item(0, FlowPhase.Running));
        (run.Status!.Phase, run.Status.Progress, run.Status.StartTime, run.Status.Late, run.Status.Message) = (FlowPhase.Running, "0/1", Start.UtcDateTime, true, "suspended; go on with slipway resume f-1");
        var text = new StringWriter();
        var console = Spectre.Console.AnsiConsole.Create(new Spectre.Console.AnsiConsoleSettings { Ansi = Spectre.Console.AnsiSupport.No, Out = new Spectre.Console.AnsiConsoleOutput(text) });
        console.Profile.Width = 120;
        console.Write(RunTree.Draw(run, Start.AddSeconds(10)));
        Assert.Contains("● Running", text.ToString());
        Assert.Contains("Running  0/1  10.0s  late  suspended; go on with slipway resume f-1", text.ToString());
    }

    [Fact]
    public void A_list_of_records_becomes_a_table()
    {
        var table = RecordTable.From(JsonNode.Parse("""[{"route":"SFO-LAX","mean":12.5},{"route":"ORD-EWR","mean":7,"flights":3}]"""));

        Assert.Equal("route    mean  flights\nSFO-LAX  12.5\nORD-EWR     7        3\n", RecordTable.Format(table!));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[1]")]
    [InlineData("{}")]
    [InlineData("null")]
    public void Other_values_are_no_table(string json) => Assert.Null(RecordTable.From(JsonNode.Parse(json)));

    private static FlowRun Run(params FlowItemStatus[] items) => new()
    {
        Status = new()
        {
            Tasks =
            [
                new()
                {
                    Name = "clean", Phase = FlowPhase.Running, StartTime = Start.UtcDateTime,
                    Counts = new() { Total = items.Length, Succeeded = items.Count(i => i.Phase == FlowPhase.Succeeded) },
                    Items = [.. items],
                },
            ],
        },
    };

    private static FlowItemStatus Item(int index, string phase, int attempts = 1) => new()
    {
        Index = index, Item = $"2001-{index + 1:00}", Phase = phase, Attempts = attempts, StartTime = Start.UtcDateTime,
        CompletionTime = phase == FlowPhase.Running ? null : Start.UtcDateTime.AddSeconds(3),
        MemoryLimit = "256Mi", PeakMemoryBytes = 223346688,
    };
}
