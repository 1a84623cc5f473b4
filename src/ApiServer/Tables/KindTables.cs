using System.Globalization;
using System.Text.Json;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Tables;

/// <summary>The tables of the built-in kinds, with the columns that kubectl's users know.</summary>
internal static class KindTables
{
    private static readonly PodTable Pods = new();
    private static readonly Simple Nodes = new(
        ["Name", "Status", "Roles", "Age", "Version", "Internal-IP*", "External-IP*", "OS-Image*", "Kernel-Version*", "Container-Runtime*"],
        (n, now) =>
        [
            n.Text("metadata", "name"), NodeStatus(n), Roles(n), Ages.Of(n, now), n.Text("status", "nodeInfo", "kubeletVersion"),
            Address(n, "InternalIP"), Address(n, "ExternalIP"), Or(n.Text("status", "nodeInfo", "osImage"), "<unknown>"),
            Or(n.Text("status", "nodeInfo", "kernelVersion"), "<unknown>"), Or(n.Text("status", "nodeInfo", "containerRuntimeVersion"), "<unknown>"),
        ]);
    private static readonly Simple Namespaces = new(
        ["Name", "Status", "Age"],
        (n, now) => [n.Text("metadata", "name"), n.Text("status", "phase"), Ages.Of(n, now)]);
    private static readonly Simple Jobs = new(
        ["Name", "Status", "Completions", "Duration", "Age", "Containers*", "Images*", "Selector*"],
        (j, now) =>
        [
            j.Text("metadata", "name"), JobStatus(j), Completions(j), JobDuration(j, now), Ages.Of(j, now),
            string.Join(',', j.At("spec", "template").Items("spec", "containers").Select(c => c.Text("name"))),
            string.Join(',', j.At("spec", "template").Items("spec", "containers").Select(c => c.Text("image"))),
            Selector(j.At("spec", "selector")),
        ]);
    private static readonly Simple Events = new(
        ["Last Seen", "Type", "Reason", "Object", "Subobject*", "Source*", "Message", "First Seen*", "Count*", "Name*"],
        (e, now) =>
        [
            EventAge(e, now, "lastTimestamp"), e.Text("type"), e.Text("reason"),
            $"{e.Text("involvedObject", "kind")?.ToLowerInvariant()}/{e.Text("involvedObject", "name")}", e.Text("involvedObject", "fieldPath"),
            EventSource(e), e.Text("message")?.Trim(), EventAge(e, now, "firstTimestamp"),
            Math.Max(e.Integer("count"), Math.Max(e.Integer("series", "count"), 1)), e.Text("metadata", "name"),
        ]);
    private static readonly Simple ConfigMaps = new(
        ["Name", "Data", "Age"],
        (c, now) => [c.Text("metadata", "name"), Text(c.Count("data") + c.Count("binaryData")), Ages.Of(c, now)]);
    private static readonly Simple Secrets = new(
        ["Name", "Type", "Data", "Age"],
        (s, now) => [s.Text("metadata", "name"), s.Text("type"), Text(s.Count("data")), Ages.Of(s, now)]);
    private static readonly Simple ServiceAccounts = new(
        ["Name", "Secrets", "Age"],
        (s, now) => [s.Text("metadata", "name"), Text(s.Count("secrets")), Ages.Of(s, now)]);
    private static readonly Simple Leases = new(
        ["Name", "Holder", "Age"],
        (l, now) => [l.Text("metadata", "name"), l.Text("spec", "holderIdentity"), Ages.Of(l, now)]);
    private static readonly Simple Definitions = new(
        ["Name", "Created At"],
        (d, _) => [d.Text("metadata", "name"), d.Text("metadata", "creationTimestamp")]);
    private static readonly Simple Others = new(
        ["Name", "Age"],
        (o, now) => [o.Text("metadata", "name"), Ages.Of(o, now)]);

    /// <summary>The table of a kind; name and age for those that have none of their own.</summary>
    public static TableColumns For(string group, string kind) => (group, kind) switch
    {
        ("", "Pod") => Pods,
        ("", "Node") => Nodes,
        ("", "Namespace") => Namespaces,
        ("batch", "Job") => Jobs,
        ("", "Event") => Events,
        ("", "ConfigMap") => ConfigMaps,
        ("", "Secret") => Secrets,
        ("", "ServiceAccount") => ServiceAccounts,
        ("coordination.k8s.io", "Lease") => Leases,
        ("apiextensions.k8s.io", "CustomResourceDefinition") => Definitions,
        _ => Others,
    };

    private static string NodeStatus(JsonElement node)
    {
        var ready = node.Items("status", "conditions").Where(c => c.Text("type") == "Ready").Select(c => c.Text("status")).FirstOrDefault();
        var status = ready switch { "True" => "Ready", "False" or "Unknown" => "NotReady", _ => "Unknown" };
        return node.Flag("spec", "unschedulable") ? status + ",SchedulingDisabled" : status;
    }

    private static string Roles(JsonElement node)
    {
        const string prefix = "node-role.kubernetes.io/";
        if (node.At("metadata", "labels") is not { ValueKind: JsonValueKind.Object } labels) return "<none>";
        var roles = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var label in labels.EnumerateObject())
        {
            if (label.Name.StartsWith(prefix, StringComparison.Ordinal) && label.Name.Length > prefix.Length) roles.Add(label.Name[prefix.Length..]);
            else if (label.Name == "kubernetes.io/role" && label.Value.GetString() is { Length: > 0 } role) roles.Add(role);
        }
        return roles.Count == 0 ? "<none>" : string.Join(',', roles);
    }

    private static string Address(JsonElement node, string type) =>
        Or(node.Items("status", "addresses").Where(a => a.Text("type") == type).Select(a => a.Text("address")).FirstOrDefault(), "<none>");

    private static string JobStatus(JsonElement job)
    {
        if (HasCondition(job, "Complete")) return "Complete";
        if (HasCondition(job, "Failed")) return "Failed";
        if (job.Has("metadata", "deletionTimestamp")) return "Terminating";
        if (HasCondition(job, "Suspended")) return "Suspended";
        if (HasCondition(job, "FailureTarget")) return "FailureTarget";
        return HasCondition(job, "SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
    }

    private static bool HasCondition(JsonElement item, string type) =>
        item.Items("status", "conditions").Any(c => c.Text("type") == type && c.Text("status") == "True");

    private static string Completions(JsonElement job)
    {
        var succeeded = job.Integer("status", "succeeded");
        if (job.Has("spec", "completions")) return $"{succeeded}/{job.Integer("spec", "completions")}";
        var parallelism = job.Has("spec", "parallelism") ? job.Integer("spec", "parallelism") : 0;
        return parallelism > 1 ? $"{succeeded}/1 of {parallelism}" : $"{succeeded}/1";
    }

    private static string JobDuration(JsonElement job, DateTimeOffset now)
    {
        if (Meta.ParseTime(job.Text("status", "startTime")) is not { } start) return "";
        return Ages.Format((Meta.ParseTime(job.Text("status", "completionTime")) ?? now) - start);
    }

    private static string Selector(JsonElement selector)
    {
        var parts = new List<string>();
        if (selector.At("matchLabels") is { ValueKind: JsonValueKind.Object } labels)
            parts.AddRange(labels.EnumerateObject().Select(l => $"{l.Name}={l.Value.GetString()}"));
        if (selector.At("matchExpressions") is { ValueKind: JsonValueKind.Array } expressions)
        {
            foreach (var e in expressions.EnumerateArray())
            {
                var values = e.At("values") is { ValueKind: JsonValueKind.Array } list ? string.Join(',', list.EnumerateArray().Select(v => v.GetString())) : "";
                parts.Add(e.Text("operator") switch
                {
                    "Exists" => e.Text("key")!,
                    "DoesNotExist" => $"!{e.Text("key")}",
                    var op => $"{e.Text("key")} {op?.ToLowerInvariant()} ({values})",
                });
            }
        }
        return parts.Count == 0 ? "<none>" : string.Join(',', parts);
    }

    private static string EventAge(JsonElement e, DateTimeOffset now, string field)
    {
        var time = e.Text(field) ?? (field == "lastTimestamp" ? e.Text("series", "lastObservedTime") : null) ?? e.Text("eventTime") ?? e.Text("firstTimestamp");
        return Ages.Since(time, now);
    }

    private static string EventSource(JsonElement e)
    {
        var component = Or(e.Text("source", "component"), e.Text("reportingComponent") ?? "");
        var host = Or(e.Text("source", "host"), e.Text("reportingInstance") ?? "");
        return host.Length > 0 && host != component ? $"{component}, {host}" : component;
    }

    private static string Or(string? text, string otherwise) => string.IsNullOrEmpty(text) ? otherwise : text;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Columns by heading (an asterisk means wide only) and a function that gives the cells.</summary>
    private sealed class Simple(string[] headings, Func<JsonElement, DateTimeOffset, object?[]> cells) : TableColumns(
    [
        .. headings.Select(h => h.TrimEnd('*') switch
        {
            "Name" => NameColumn with { Priority = h.EndsWith('*') ? 1 : 0 },
            "Age" => AgeColumn,
            "Created At" => Column("Created At", "date"),
            "Count" => Column("Count", "integer", h.EndsWith('*') ? 1 : 0),
            var name => Column(name, "string", h.EndsWith('*') ? 1 : 0),
        }),
    ])
    {
        public override void WriteCells(Utf8JsonWriter json, JsonElement item, DateTimeOffset now)
        {
            foreach (var cell in cells(item, now))
            {
                if (cell is long number) json.WriteNumberValue(number);
                else json.WriteStringValue(cell as string ?? "");
            }
        }
    }
}
