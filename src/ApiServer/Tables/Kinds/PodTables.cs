using System.Globalization;
using System.Text.Json;
using static Slipway.ApiServer.Tables.Column;

namespace Slipway.ApiServer.Tables.Kinds;

/// <summary>The table of pods.</summary>
internal static class PodTables
{
    private const string None = "<none>";

    public static Dictionary<(string, string), IReadOnlyList<Column>> All { get; } = new()
    {
        [("", "Pod")] =
        [
            ObjectName,
            Of("Ready", p => PodSummary.Of(p) is var s ? $"{s.Ready}/{s.Total}" : "")
                with { Description = "The aggregate readiness state of this pod for accepting traffic." },
            Of("Status", p => PodSummary.Of(p).Status) with { Description = "The aggregate status of the containers in this pod." },
            new Column("Restarts", (json, pod, now) => json.WriteStringValue(Restarts(pod, now)))
            {
                Description = "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.",
            },
            Age, Of("IP", IP).Wide with { Field = "status.podIP" }, Text("Node", "spec.nodeName", None).Wide,
            Text("Nominated Node", "status.nominatedNodeName", None).Wide, Of("Readiness Gates", Gates).Wide with { Field = "spec.readinessGates" },
        ],
    };

    /// <summary>The conditions of a pod's row: whether it has ended.</summary>
    public static string? Conditions(JsonElement pod) => pod.Text("status", "phase") switch
    {
        "Succeeded" => """[{"type":"Completed","status":"True","reason":"Succeeded","message":"The pod has completed successfully."}]""",
        "Failed" => """[{"type":"Completed","status":"True","reason":"Failed","message":"The pod failed."}]""",
        _ => null,
    };

    private static string Restarts(JsonElement pod, DateTimeOffset now)
    {
        var summary = PodSummary.Of(pod);
        return summary.Restarts != 0 && summary.LastRestart is { } last
            ? $"{summary.Restarts} ({Ages.Format(now - last)} ago)"
            : summary.Restarts.ToString(CultureInfo.InvariantCulture);
    }

    private static string IP(JsonElement pod) =>
        CellTexts.Or(pod.Items("status", "podIPs").Select(i => i.Text("ip")).FirstOrDefault() ?? pod.Text("status", "podIP"), None);

    private static string Gates(JsonElement pod)
    {
        var gates = pod.Items("spec", "readinessGates").Select(g => g.Text("conditionType")).ToArray();
        return gates.Length == 0 ? None : $"{gates.Count(g => CellTexts.HasCondition(pod, g ?? ""))}/{gates.Length}";
    }
}
