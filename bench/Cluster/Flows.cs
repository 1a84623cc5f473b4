using System.Globalization;
using System.Text;
using Slipway.Testing;

namespace Slipway.Bench.Cluster;

/// <summary>
/// A chain of 20 tasks and a fan-out of 50 that do nothing, as the wall time of the run by its own record, against the same
/// containers by bare CRI calls; and the chain against the same pods without a flow.
/// </summary>
internal sealed class Flows(TimeSpan pods, TimeSpan chain, TimeSpan fanOut)
{
    private const int ChainLength = 20, FanOutWidth = 50, Parallelism = 8;

    public static async Task<Flows> MeasureAsync(SlipwayCli slipway)
    {
        var warm = await RunAsync(slipway, "warm", Chain(1));
        Console.Error.WriteLine($"a flow of one task: {warm.TotalMilliseconds:0} ms");
        return new Flows(
            await Pods.RunInTurnAsync(slipway, ChainLength, "true"),
            await RunAsync(slipway, "chain", Chain(ChainLength)),
            await RunAsync(slipway, "fan-out", FanOut()));
    }

    public async Task CompareAsync(BareCri cri, ResultTable table)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < ChainLength; i++)
            await cri.RunToEndAsync($"chain-{i}", "true");
        var bareChain = TimeProvider.System.GetElapsedTime(began);
        await cri.RemoveAllAsync();

        began = TimeProvider.System.GetTimestamp();
        await Parallel.ForAsync(0, FanOutWidth, new ParallelOptions { MaxDegreeOfParallelism = Parallelism }, async (i, _) => await cri.RunToEndAsync($"fan-{i}", "true"));
        var bareFanOut = TimeProvider.System.GetElapsedTime(began);

        table.Add($"flow: a chain of {ChainLength} tasks", Seconds(chain), Compare(chain, bareChain, ChainLength));
        table.Add($"flow: {FanOutWidth} tasks, {Parallelism} at a time", Seconds(fanOut), Compare(fanOut, bareFanOut, FanOutWidth));
        table.Add("flow step beyond the pod's own start and end, in the chain", string.Create(CultureInfo.InvariantCulture, $"{(chain - pods).TotalMilliseconds / ChainLength:0} ms"),
            $"{ChainLength} pods one after the other through the API: {Seconds(pods)}", "<= 50 ms");

        static string Compare(TimeSpan flow, TimeSpan bare, int tasks) => string.Create(CultureInfo.InvariantCulture,
            $"bare CRI calls {Seconds(bare)}: {flow / bare:0.00}x, {(flow - bare).TotalMilliseconds / tasks:0} ms more for each task");
    }

    private static async Task<TimeSpan> RunAsync(SlipwayCli slipway, string name, string tasks)
    {
        var file = Path.Combine(slipway.Home, $"{name}.yaml");
        await File.WriteAllTextAsync(file, $"""
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: {"{"} name: bench-{name} {"}"}
            spec:
              defaults: {"{"} image: "{BusyboxImage.Name}" {"}"}
              tasks:
            {tasks}
            """);
        (await slipway.RunAsync("run", file)).Expect();
        var runs = await slipway.JsonAsync("get", "flowruns");
        var run = runs["items"]!.AsArray().Single(r => (string)r!["spec"]!["flow"]! == $"bench-{name}")!;
        return Time("completionTime") - Time("startTime");

        DateTimeOffset Time(string field) => DateTimeOffset.Parse((string)run["status"]![field]!, CultureInfo.InvariantCulture);
    }

    private static string Chain(int length)
    {
        var tasks = new StringBuilder();
        for (var i = 0; i < length; i++)
            tasks.Append(CultureInfo.InvariantCulture, $"    - {{ name: step-{i}, command: [\"true\"]{(i > 0 ? $", needs: [step-{i - 1}]" : "")} }}\n");
        return tasks.ToString();
    }

    private static string FanOut() =>
        $"    - {{ name: step, command: [\"true\"], parallelism: {Parallelism}, forEach: [{string.Join(", ", Enumerable.Range(0, FanOutWidth))}] }}\n";

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s");
}
