using System.Globalization;
using Slipway.Bench.Scheduling;

// decision [NODES [PODS]]: the pure decision alone. api [NODES [PODS]]: through the API. Without arguments: both, at 100, 1,000 and 5,000 nodes.
var section = args.ElementAtOrDefault(0);
int[] sizes = args.Length > 1 ? [int.Parse(args[1], CultureInfo.InvariantCulture)] : [100, 1000, 5000];
Console.WriteLine("| what | reached | details |\n|---|---|---|");
foreach (var nodes in sizes)
{
    // Anti-affinity allows one pod of a colour on each node; others do not care.
    var pods = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : Math.Min(nodes * 10, 50_000);
    if (section is null or "decision")
        Decisions.Measure(nodes, pods);
    if (section is null or "api")
        await ThroughApi.MeasureAsync(nodes, pods);
}
