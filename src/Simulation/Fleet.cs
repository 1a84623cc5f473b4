namespace Slipway.Simulation;

/// <summary>One node of the simulation.</summary>
/// <param name="Name">Name of its Node object.</param>
/// <param name="Shape">What it has.</param>
/// <param name="Index">Its place among all, from 0; its address derives from it.</param>
/// <param name="Zone">Its zone; null for none.</param>
internal sealed record FleetNode(string Name, NodeShape Shape, int Index, string? Zone)
{
    /// <summary>Its address, at which nothing answers.</summary>
    public string Address => SimulatedAddresses.OfNode(Index);
}

/// <summary>Which nodes there are. A larger number of nodes keeps the names and shapes of a smaller one.</summary>
internal static class Fleet
{
    /// <summary>Nodes of the shapes in turn, as many of each as its weight says.</summary>
    public static FleetNode[] Of(SimulationPlan plan, int count)
    {
        NodeShape[] round = [.. plan.Nodes.SelectMany(shape => Enumerable.Repeat(shape, shape.Weight))];
        var made = plan.Nodes.ToDictionary(shape => shape.Name, _ => 0);
        var nodes = new FleetNode[count];
        for (var i = 0; i < count; i++)
        {
            var shape = round[i % round.Length];
            var number = made[shape.Name]++;
            nodes[i] = new($"{shape.Name}-{number}", shape, i, shape.Zones.Count == 0 ? null : shape.Zones[number % shape.Zones.Count]);
        }
        return nodes;
    }
}

/// <summary>Addresses out of 100.64.0.0/10, which no public network uses: nodes from the top, pods from the bottom.</summary>
internal static class SimulatedAddresses
{
    /// <summary>Most nodes that there are addresses for.</summary>
    public const int MostNodes = 1 << 16;

    private const uint First = (100u << 24) | (64u << 16);
    private const uint FirstOfNodes = (100u << 24) | (127u << 16);
    private const uint Pods = FirstOfNodes - First;

    /// <summary>The address of a node.</summary>
    public static string OfNode(int index) => Text(FirstOfNodes + (uint)index);

    /// <summary>The address of the pod that is the <paramref name="number"/>th to start; after four million they come again.</summary>
    public static string OfPod(uint number) => Text(First + 1 + number % (Pods - 1));

    /// <summary>The number of the pod that has an address; null when it is none of a pod.</summary>
    public static uint? NumberOf(string? address) =>
        System.Net.IPAddress.TryParse(address, out var parsed) && parsed.GetAddressBytes() is [var a, var b, var c, var d]
        && ((uint)a << 24 | (uint)b << 16 | (uint)c << 8 | d) is > First and < FirstOfNodes and var value
            ? value - First - 1
            : null;

    private static string Text(uint address) => $"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}";
}
