using System.Text.Json;
using Slipway.Api;
using static Slipway.ApiServer.Tables.Column;

namespace Slipway.ApiServer.Tables.Kinds;

/// <summary>Tables of what nodes and pods use, with the columns of metrics-server.</summary>
internal static class UsageTables
{
    public static Dictionary<(string, string), IReadOnlyList<Column>> All { get; } = new()
    {
        [("metrics.k8s.io", "NodeMetrics")] = [ObjectName, Text("cpu", "usage.cpu") with { Format = "quantity", Field = "usage" }, Text("memory", "usage.memory") with { Format = "quantity", Field = "usage" }, Window],
        [("metrics.k8s.io", "PodMetrics")] = [ObjectName, Sum("cpu"), Sum("memory"), Window],
    };

    private static Column Window => Text("Window", "window") with { Format = "duration" };

    private static Column Sum(string resource) => Of(resource, pod => Total(pod, resource)) with { Format = "quantity", Description = $"What all containers use of {resource}" };

    private static string Total(JsonElement pod, string resource) => pod.Items("containers")
        .Select(container => Quantity.TryParse(container.Text("usage", resource), out var used) ? used : Quantity.Zero)
        .Aggregate(Quantity.Zero, (sum, used) => sum + used).ToString();
}
