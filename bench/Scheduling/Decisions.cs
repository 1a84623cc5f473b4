using System.Globalization;
using System.Text;
using Slipway.Scheduler;

namespace Slipway.Bench.Scheduling;

/// <summary>How many decisions a second one core makes, without an API: each pod is placed before the next is decided on.</summary>
internal static class Decisions
{
    public static void Measure(int nodes, int pods)
    {
        foreach (var (name, spec) in Shapes.Pods)
        {
            Run(nodes, Math.Min(pods, 1000), spec);   // compiles
            var (seconds, bytes) = Run(nodes, pods, spec);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| decision alone, {nodes:N0} nodes, {name} | {pods / seconds:N0}/s | {seconds / pods * 1e6:0.0} µs, {bytes / pods:N0} B allocated for each |"));
        }
    }

    private static (double Seconds, long Bytes) Run(int nodes, int pods, string spec)
    {
        var cluster = new ClusterState();
        for (var i = 0; i < nodes; i++)
            cluster.SetNode(Kinds.Nodes.Read(Encoding.UTF8.GetBytes(Shapes.Node(i))));
        var demands = new PodDemand[pods];
        for (var i = 0; i < pods; i++)
            demands[i] = PodDemand.Of(Kinds.Pods.Read(Encoding.UTF8.GetBytes(Shapes.Pod(i, spec))));
        _ = cluster.Nodes;
        var (began, before) = (TimeProvider.System.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
        for (var i = 0; i < pods; i++)
        {
            var start = i % nodes;
            if (cluster.Decide(demands[i], snapshot => Placement.For(demands[i], snapshot, start)).Node is not { } node)
                throw new InvalidOperationException($"pod {i} fits nowhere");
            cluster.Assign(demands[i], node, out _);
        }
        return (TimeProvider.System.GetElapsedTime(began).TotalSeconds, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
