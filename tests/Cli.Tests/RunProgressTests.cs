using System.Text.Json.Nodes;
using Slipway.Api.Kinds;
using Slipway.Cli;
using Slipway.Cli.Output;
using Slipway.Cli.Resources;
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
    public void What_a_task_waits_for_is_told_once()
    {
        var progress = new PlainProgress();
        var waiting = Item(0, FlowPhase.Running);
        progress.Lines(Run(waiting), Start);

        waiting.Message = "clean[0] waits for a node";
        Assert.Contains("waits for a node", Assert.Single(progress.Lines(Run(waiting), Start.AddSeconds(1))), StringComparison.Ordinal);
        Assert.Empty(progress.Lines(Run(waiting), Start.AddSeconds(2)));

        waiting.Message = null;
        Assert.Empty(progress.Lines(Run(waiting), Start.AddSeconds(3)));
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
    public void What_failed_is_not_told_again_with_each_further_failure()
    {
        var progress = new PlainProgress();
        for (var failed = 1; failed <= 3; failed++)
        {
            var tasks = Enumerable.Range(0, 4).Select(i => new FlowTaskStatus { Name = $"t{i}", Phase = i < failed ? FlowPhase.Failed : FlowPhase.Running, Message = i < failed ? $"t{i} broke" : null });
            var run = new FlowRun { Status = new() { Phase = FlowPhase.Running, Message = failed == 1 ? "t0 broke" : $"t0 broke (and {failed - 1} more tasks failed)", Tasks = [.. tasks] } };
            Assert.Equal(failed == 1 ? 4 : 1, progress.Lines(run, Start).Count);
            Assert.Null(RunRows.Waits(run));
        }
    }

    [Fact]
    public void The_tree_on_a_terminal_ends_with_the_run_as_a_whole()
    {
        var run = Run(Item(0, FlowPhase.Running));
        (run.Status!.Phase, run.Status.Progress, run.Status.StartTime, run.Status.Late, run.Status.Message) = (FlowPhase.Running, "0/1", Start.UtcDateTime, true, "suspended; go on with slipway resume f-1");
        var text = Drawn(run, 120, 24);
        Assert.Contains("● Running", text);
        Assert.Contains("Running  0/1  10.0s  late  suspended; go on with slipway resume f-1", text);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(200)]
    [InlineData(40)]
    public void Items_and_notes_are_cut_to_what_has_room(int width)
    {
        var (far, wide, failed) = (Item(0, FlowPhase.Running), Item(1, FlowPhase.Succeeded), Item(2, FlowPhase.Failed));
        (far.Item, wide.Item) = ("s3://my-bucket/landing/2026/01/31/customers-part-0001.parquet", "顧客データ顧客データ顧客データ顧客データ顧客データ顧客データ顧客データ");
        failed.Message = "clean[2] was killed at its 256Mi limit; raise resources.memory, or give it onOutOfMemory, and so on and so on";
        var lines = Drawn(Run(far, wide, failed), width, 24).Split('\n');
        Assert.All(lines, line => Assert.True(TerminalText.Width(line.TrimEnd()) <= width, line));
        foreach (var (begin, phase) in new[] { ("└ [0]", "● Running"), ("└ [1]", "✔ Succeeded"), ("└ [2]", "✘ Failed") })
            Assert.Contains(phase, Assert.Single(lines, line => line.Contains(begin, StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("clean[2", Assert.Single(lines, l => l.Contains("✘ Failed", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_more_tasks_than_have_room_those_that_run_or_failed_are_seen()
    {
        string[] phases = [.. Enumerable.Repeat(FlowPhase.Succeeded, 18), FlowPhase.Failed, FlowPhase.Running, FlowPhase.Running, .. Enumerable.Repeat(FlowPhase.Pending, 40)];
        var run = new FlowRun { Status = new() { Phase = FlowPhase.Running, Tasks = [.. phases.Select((phase, i) => new FlowTaskStatus { Name = $"t{i}", Phase = phase })] } };
        var lines = Drawn(run, 80, 24).TrimEnd().Split('\n').Select(l => l.Trim()).ToList();
        Assert.True(lines.Count < 24, $"{lines.Count}");
        Assert.Equal(["… 18 more ended", "… 25 more to come", "Running"], lines.Where(l => l.StartsWith('…') || l == "Running"));
        Assert.Equal(["t18", "t19", "t20", "t21"], lines.Where(l => l[0] == 't').Take(4).Select(l => l.Split(' ')[0]));
        Assert.Equal("t35", lines.Last(l => l[0] == 't').Split(' ')[0]);

        run.Status.Tasks = [.. Enumerable.Range(0, 30).Select(i => new FlowTaskStatus { Name = $"t{i}", Phase = FlowPhase.Failed })];
        Assert.Contains("… 12 more ended, 12 of them Failed", Drawn(run, 80, 24), StringComparison.Ordinal);
    }

    [Fact]
    public void An_item_that_failed_is_seen_with_its_task()
    {
        var tasks = Enumerable.Range(0, 40).Select(i => new FlowTaskStatus { Name = $"t{i}", Phase = FlowPhase.Succeeded }).ToList();
        tasks.Insert(20, Run(Item(0, FlowPhase.Succeeded), Item(1, FlowPhase.Failed)).Status!.Tasks![0]);
        var lines = Drawn(new FlowRun { Status = new() { Tasks = tasks } }, 80, 10).Split('\n');
        var task = Array.FindIndex(lines, l => l.TrimStart().StartsWith("clean", StringComparison.Ordinal));
        Assert.Contains("[1] 2001-02", lines[task + 1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("line1\nline2\t\r", @"line1\nline2\t\r")]
    [InlineData("a\u001b[31mRED\u001b[2J", @"a\u001b[31mRED\u001b[2J")]
    [InlineData("\u0085\u009b\u2028\u202e\u007f", @"\u0085\u009b\u2028\u202e\u007f")]
    [InlineData("ünï 顧客 🚀 e\u0301", "ünï 顧客 🚀 e\u0301")]
    public void Control_characters_are_shown(string text, string shown)
    {
        Assert.Equal(shown, TerminalText.Escape(text));
        var item = Item(0, FlowPhase.Failed);
        (item.Item, item.Message) = (text, text);
        var run = Run(item);
        Assert.Contains($"[0] {shown}", Drawn(run, 200, 24), StringComparison.Ordinal);
        Assert.Contains(new PlainProgress().Lines(run, Start), l => l.Contains($"clean[0] {shown} ", StringComparison.Ordinal) && l.EndsWith(shown, StringComparison.Ordinal));
        Assert.Equal($"{shown}   b", TableView.Pad([["A", "B"], [text, "b"]]).Split('\n')[1]);
    }

    [Fact]
    public void Half_of_a_character_is_shown_and_wide_ones_take_two_columns()
    {
        Assert.Equal(@"a\ud83d", TerminalText.Escape("a\ud83d"));
        Assert.Equal("A      B\n顧客   b\nx      c\n", TableView.Pad([["A", "B"], ["顧客", "b"], ["x", "c"]]));
        Assert.Equal(["顧…", "顧…", "顧客"], new[] { 3, 3, 4 }.Select(w => TerminalText.Cut("顧客" + (w == 4 ? "" : "x"), w)));
    }

    [Fact]
    public async Task A_tree_that_is_interrupted_waits_for_what_it_follows_to_let_go()
    {
        using var interrupt = new CancellationTokenSource();
        var (following, letGo) = (new TaskCompletionSource(), new TaskCompletionSource());
        var context = new CliContext
        {
            In = Stream.Null,
            Out = TextWriter.Synchronized(new StringWriter()),
            Error = TextWriter.Null,
            IsTerminal = true,
            Clock = TimeProvider.System,
            Connect = _ => throw new NotSupportedException(),
        };
        var shown = RunDisplay.ShowAsync(context, States(interrupt.Token), interrupt.Token);
        await following.Task.WaitAsync(TestContext.Current.CancellationToken);

        await interrupt.CancelAsync();
        letGo.SetResult();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => shown);

        // A watch that ends takes a moment after its token is cancelled.
        async IAsyncEnumerable<FlowRun> States([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
        {
            yield return Run(Item(0, FlowPhase.Running));
            following.SetResult();
            await letGo.Task;
            cancellation.ThrowIfCancellationRequested();
            yield break;
        }
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

    private static string Drawn(FlowRun run, int width, int height)
    {
        var text = new StringWriter { NewLine = "\n" };
        var console = Spectre.Console.AnsiConsole.Create(new Spectre.Console.AnsiConsoleSettings { Ansi = Spectre.Console.AnsiSupport.No, Out = new Spectre.Console.AnsiConsoleOutput(text) });
        console.Profile.Width = width;
        console.Write(RunTree.Draw(run, Start.AddSeconds(10), width, height));
        return text.ToString();
    }

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
