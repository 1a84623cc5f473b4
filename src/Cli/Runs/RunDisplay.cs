using Slipway.Api.Kinds;
using Spectre.Console;

namespace Slipway.Cli.Runs;

/// <summary>Shows a run's progress until it ends: a live task tree on a terminal, a line for each change elsewhere.</summary>
internal static class RunDisplay
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);

    /// <summary>Shows the states as they come and returns the final one.</summary>
    public static Task<FlowRun> ShowAsync(CliContext context, IAsyncEnumerable<FlowRun> states, CancellationToken cancellation) =>
        context.IsTerminal ? DrawAsync(context, states, cancellation) : PrintAsync(context, states, cancellation);

    private static async Task<FlowRun> PrintAsync(CliContext context, IAsyncEnumerable<FlowRun> states, CancellationToken cancellation)
    {
        var progress = new PlainProgress();
        FlowRun? last = null;
        await foreach (var state in states.WithCancellation(cancellation))
        {
            last = state;
            foreach (var line in progress.Lines(state, context.Clock.GetUtcNow())) await context.Out.WriteLineAsync(line);
            await context.Out.FlushAsync(cancellation);
        }
        return last!;
    }

    // Between changes the durations of what runs go on.
    private static async Task<FlowRun> DrawAsync(CliContext context, IAsyncEnumerable<FlowRun> states, CancellationToken cancellation)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(context.Out) });
        FlowRun? last = null;
        await console.Live(new Text("")).StartAsync(async live =>
        {
            using var drawing = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await using var changes = states.GetAsyncEnumerator(drawing.Token);
            await using var next = new NextState { End = drawing.CancelAsync, Arrival = changes.MoveNextAsync().AsTask() };
            using var tick = new PeriodicTimer(Refresh, context.Clock);
            var timer = tick.WaitForNextTickAsync(cancellation).AsTask();
            while (true)
            {
                await Task.WhenAny(next.Arrival, timer);
                if (next.Arrival.IsCompleted)
                {
                    if (!await next.Arrival) break;
                    last = changes.Current;
                    next.Arrival = changes.MoveNextAsync().AsTask();
                }
                if (timer.IsCompleted)
                {
                    await timer;
                    timer = tick.WaitForNextTickAsync(cancellation).AsTask();
                }
                if (last is null) continue;
                live.UpdateTarget(RunTree.Draw(last, context.Clock.GetUtcNow(), console.Profile.Width, console.Profile.Height));
                live.Refresh();
            }
            if (last is not null) live.UpdateTarget(RunTree.Draw(last, context.Clock.GetUtcNow(), console.Profile.Width, console.Profile.Height));
        });
        return last!;
    }

    /// <summary>The state that is awaited. States cannot be disposed of while one is, so that whatever ends the drawing waits until they have let go.</summary>
    private sealed class NextState : IAsyncDisposable
    {
        public required Func<Task> End { get; init; }

        public required Task<bool> Arrival { get; set; }

        public async ValueTask DisposeAsync()
        {
            await End();
            // Only a task without a result can be awaited without its exception, which is that of the drawing or of its end.
            await ((Task)Arrival).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
