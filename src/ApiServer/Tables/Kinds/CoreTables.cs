using System.Text.Json;
using static Slipway.ApiServer.Tables.Column;

namespace Slipway.ApiServer.Tables.Kinds;

/// <summary>Tables of the core group's kinds, but for workloads, the network and volumes.</summary>
internal static class CoreTables
{
    private const string RolePrefix = "node-role.kubernetes.io/";
    private const string Unknown = "<unknown>";

    public static Dictionary<(string, string), IReadOnlyList<Column>> All { get; } = new()
    {
        [("", "ComponentStatus")] =
        [
            ObjectName,
            Of("Status", c => Health(c).Text("status") switch { "True" => "Healthy", null => "Unknown", _ => "Unhealthy" }) with { Description = "Status of the component conditions" },
            Of("Message", c => Health(c).Text("message") ?? "") with { Description = "Message of the component conditions" },
            Of("Error", c => Health(c).Text("error") ?? "") with { Description = "Error of the component conditions" },
        ],
        [("", "ConfigMap")] =
        [
            ObjectName, Number("Data", c => c.Count("data") + c.Count("binaryData")) with { Type = "string", Field = "data" }, Age,
        ],
        [("", "Event")] =
        [
            new Column("Last Seen", (json, e, now) => json.WriteStringValue(LastSeen(e, now))) { Field = "lastTimestamp" },
            Text("Type", "type"), Text("Reason", "reason"), Of("Object", About) with { Field = "involvedObject" },
            Text("Subobject", "involvedObject.fieldPath").Wide, Of("Source", Source).Wide with { Field = "source" },
            Of("Message", e => e.Text("message")?.Trim() ?? "") with { Field = "message" },
            new Column("First Seen", (json, e, now) => json.WriteStringValue(FirstSeen(e, now))) { Field = "firstTimestamp", Priority = 1 },
            Number("Count", Count).Wide with { Type = "string", Field = "count" }, ObjectName.Wide,
        ],
        [("", "Namespace")] = [ObjectName, Text("Status", "status.phase") with { Description = "The status of the namespace" }, Age],
        [("", "Node")] =
        [
            ObjectName, Of("Status", NodeStatus) with { Description = "The status of the node" }, Of("Roles", Roles) with { Description = "The roles of the node" },
            Age, Text("Version", "status.nodeInfo.kubeletVersion"),
            Of("Internal-IP", n => Address(n, "InternalIP")).Wide with { Field = "status.addresses" },
            Of("External-IP", n => Address(n, "ExternalIP")).Wide with { Field = "status.addresses" },
            Text("OS-Image", "status.nodeInfo.osImage", Unknown).Wide, Text("Kernel-Version", "status.nodeInfo.kernelVersion", Unknown).Wide,
            Text("Container-Runtime", "status.nodeInfo.containerRuntimeVersion", Unknown).Wide,
        ],
        [("", "ResourceQuota")] =
        [
            ObjectName,
            Of("Request", q => Usage(q, limits: false)) with { Description = "Request represents a minimum amount of cpu/memory that a container may consume." },
            Of("Limit", q => Usage(q, limits: true))
                with { Description = "Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node." },
            Age,
        ],
        [("", "Secret")] = [ObjectName, Text("Type", "type"), Number("Data", s => s.Count("data")) with { Type = "string", Field = "data" }, Age],
        [("", "ServiceAccount")] = [ObjectName, Number("Secrets", s => s.Count("secrets")) with { Type = "string", Field = "secrets" }, Age],
    };

    private static JsonElement Health(JsonElement component) => component.Items("conditions").FirstOrDefault(c => c.Text("type") == "Healthy");

    private static string FirstSeen(JsonElement e, DateTimeOffset now) => Ages.Since(e.Text("firstTimestamp") ?? e.Text("eventTime"), now);

    private static string LastSeen(JsonElement e, DateTimeOffset now)
    {
        if (e.Has("series")) return Ages.Since(e.Text("series", "lastObservedTime"), now);
        return e.Text("lastTimestamp") is { } last ? Ages.Since(last, now) : FirstSeen(e, now);
    }

    private static long Count(JsonElement e) => e.Has("series") ? e.Integer("series", "count") : Math.Max(e.Integer("count"), 1);

    private static string About(JsonElement e)
    {
        var kind = e.Text("involvedObject", "kind")?.ToLowerInvariant();
        return e.Text("involvedObject", "name") is { Length: > 0 } name ? $"{kind}/{name}" : kind ?? "";
    }

    private static string Source(JsonElement e)
    {
        var component = CellTexts.Or(e.Text("source", "component"), e.Text("reportingComponent") ?? "");
        var instance = CellTexts.Or(e.Text("source", "host"), e.Text("reportingInstance") ?? "");
        return instance.Length > 0 ? $"{component}, {instance}" : component;
    }

    private static string NodeStatus(JsonElement node)
    {
        var ready = node.Items("status", "conditions").Where(c => c.Text("type") == "Ready").Select(c => c.Text("status")).LastOrDefault();
        var status = ready switch { null => "Unknown", "True" => "Ready", _ => "NotReady" };
        return node.Flag("spec", "unschedulable") ? status + ",SchedulingDisabled" : status;
    }

    private static string Roles(JsonElement node)
    {
        var roles = new SortedSet<string>(StringComparer.Ordinal);
        if (node.At("metadata", "labels") is { ValueKind: JsonValueKind.Object } labels)
        {
            foreach (var label in labels.EnumerateObject())
            {
                if (label.Name.StartsWith(RolePrefix, StringComparison.Ordinal) && label.Name.Length > RolePrefix.Length) roles.Add(label.Name[RolePrefix.Length..]);
                else if (label.Name == "kubernetes.io/role" && label.Value.GetString() is { Length: > 0 } role) roles.Add(role);
            }
        }
        return CellTexts.Or(CellTexts.Joined(roles), "<none>");
    }

    private static string Address(JsonElement node, string type) =>
        CellTexts.Or(node.Items("status", "addresses").Where(a => a.Text("type") == type).Select(a => a.Text("address")).FirstOrDefault(), "<none>");

    private static string Usage(JsonElement quota, bool limits)
    {
        if (quota.At("status", "hard") is not { ValueKind: JsonValueKind.Object } hard) return "";
        var parts = hard.EnumerateObject()
            .Where(r => r.Name.StartsWith("limits.", StringComparison.Ordinal) == limits)
            .OrderBy(r => r.Name, StringComparer.Ordinal)
            .Select(r => $"{r.Name}: {CellTexts.Amount(quota.At("status", "used", r.Name)) ?? "0"}/{CellTexts.Amount(r.Value)}");
        return string.Join(", ", parts);
    }
}
