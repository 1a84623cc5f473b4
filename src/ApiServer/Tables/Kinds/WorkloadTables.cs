using System.Text.Json;
using Slipway.Api.Documents;
using static Slipway.ApiServer.Tables.Column;

namespace Slipway.ApiServer.Tables.Kinds;

/// <summary>Tables of what makes pods: apps, batch, autoscaling, and their likes in the core group.</summary>
internal static class WorkloadTables
{
    private const int ShownMetrics = 2;

    private static readonly Column[] Template = TemplateAt("spec.template.spec");

    public static Dictionary<(string, string), IReadOnlyList<Column>> All { get; } = new()
    {
        [("", "PodTemplate")] =
        [
            ObjectName, .. TemplateAt("template.spec").Select(c => c with { Priority = 0 }),
            Of("Pod Labels", t => CellTexts.Labels(t.At("template", "metadata", "labels"))) with { Description = "The labels for the pod template." },
        ],
        [("", "ReplicationController")] =
        [
            ObjectName, Integer("Desired", "spec.replicas"), Integer("Current", "status.replicas"), Integer("Ready", "status.readyReplicas"), Age, .. Template,
            Of("Selector", c => CellTexts.Labels(c.At("spec", "selector"))).Wide with { Field = "spec.selector" },
        ],
        [("apps", "ControllerRevision")] =
        [
            ObjectName, Of("Controller", Controller) with { Description = "Controller of the object" },
            Of("Revision", r => $"{r.Integer("revision")}") with { Field = "revision" }, Age,
        ],
        [("apps", "DaemonSet")] =
        [
            ObjectName, Integer("Desired", "status.desiredNumberScheduled"), Integer("Current", "status.currentNumberScheduled"),
            Integer("Ready", "status.numberReady"), Integer("Up-to-date", "status.updatedNumberScheduled"), Integer("Available", "status.numberAvailable"),
            Of("Node Selector", d => CellTexts.Labels(d.At("spec", "template", "spec", "nodeSelector"))) with { Field = "spec.template.spec.nodeSelector" },
            Age, .. Template, SelectorAt("spec.selector"),
        ],
        [("apps", "Deployment")] =
        [
            ObjectName, ReadyOfDesired, Integer("Up-to-date", "status.updatedReplicas") with { Type = "string" },
            Integer("Available", "status.availableReplicas") with { Type = "string" }, Age, .. Template,
            Of("Selector", d => CellTexts.Selector(d.At("spec", "selector"), "")).Wide with { Field = "spec.selector" },
        ],
        [("apps", "ReplicaSet")] =
        [
            ObjectName, Integer("Desired", "spec.replicas"), Integer("Current", "status.replicas"), Integer("Ready", "status.readyReplicas"), Age,
            .. Template, SelectorAt("spec.selector"),
        ],
        [("apps", "StatefulSet")] = [ObjectName, ReadyOfDesired, Age, .. Template],
        [("batch", "CronJob")] =
        [
            ObjectName, Text("Schedule", "spec.schedule"), Text("Timezone", "spec.timeZone", "<none>"),
            Of("Suspend", c => c.At("spec", "suspend").ValueKind switch { JsonValueKind.True => "True", JsonValueKind.False => "False", _ => "<unset>" })
                with { Type = "boolean", Field = "spec.suspend" },
            Number("Active", c => c.Count("status", "active")) with { Field = "status.active" },
            Since("Last Schedule", "status.lastScheduleTime", "<none>"), Age,
            .. TemplateAt("spec.jobTemplate.spec.template.spec"), SelectorAt("spec.jobTemplate.spec.selector"),
        ],
        [("batch", "Job")] =
        [
            ObjectName, Of("Status", JobStatus) with { Description = "Status of the job." },
            Of("Completions", Completions) with { Field = "status.succeeded" },
            new Column("Duration", (json, job, now) => json.WriteStringValue(Duration(job, now))) { Description = "Time required to complete the job." },
            Age, .. Template, SelectorAt("spec.selector"),
        ],
        [("autoscaling", "Scale")] =
        [
            ObjectName with { Format = "" }, Integer("Desired", "spec.replicas"), Integer("Available", "status.replicas"), Age,
        ],
        [("autoscaling", "HorizontalPodAutoscaler")] =
        [
            ObjectName,
            Of("Reference", h => $"{h.Text("spec", "scaleTargetRef", "kind")}/{h.Text("spec", "scaleTargetRef", "name")}") with { Field = "spec.scaleTargetRef" },
            Of("Targets", Targets) with { Field = "spec.metrics" },
            Of("MinPods", h => h.Has("spec", "minReplicas") ? $"{h.Integer("spec", "minReplicas")}" : "<unset>") with { Field = "spec.minReplicas" },
            Integer("MaxPods", "spec.maxReplicas") with { Type = "string" },
            Integer("Replicas", "status.currentReplicas") with { Type = "string" }, Age,
        ],
    };

    private static Column ReadyOfDesired => Of("Ready", o => $"{o.Integer("status", "readyReplicas")}/{o.Integer("spec", "replicas")}")
        with { Description = "Number of the pod with ready state" };

    private static Column[] TemplateAt(string podSpec)
    {
        var path = podSpec.Split('.');
        return
        [
            Of("Containers", o => CellTexts.Containers(o.At(path))).Wide with { Description = "Names of each container in the template." },
            Of("Images", o => CellTexts.Images(o.At(path))).Wide with { Description = "Images referenced by each container in the template." },
        ];
    }

    private static Column SelectorAt(string field)
    {
        var path = field.Split('.');
        return Of("Selector", o => CellTexts.Selector(o.At(path))).Wide with { Field = field };
    }

    private static string Controller(JsonElement item)
    {
        var owner = item.Items("metadata", "ownerReferences").FirstOrDefault(o => o.Flag("controller"));
        if (owner.ValueKind == JsonValueKind.Undefined) return "<none>";
        var apiVersion = owner.Text("apiVersion") ?? "";
        var group = apiVersion.Contains('/', StringComparison.Ordinal) ? "." + apiVersion.Split('/')[0] : "";
        return $"{owner.Text("kind")}{group}".ToLowerInvariant() + $"/{owner.Text("name")}";
    }

    private static string JobStatus(JsonElement job)
    {
        foreach (var ended in (ReadOnlySpan<string>)["Complete", "Failed"])
            if (CellTexts.HasCondition(job, ended)) return ended;
        if (job.Has("metadata", "deletionTimestamp")) return "Terminating";
        foreach (var state in (ReadOnlySpan<string>)["Suspended", "FailureTarget", "SuccessCriteriaMet"])
            if (CellTexts.HasCondition(job, state)) return state;
        return "Running";
    }

    private static string Completions(JsonElement job)
    {
        var succeeded = job.Integer("status", "succeeded");
        if (job.Has("spec", "completions")) return $"{succeeded}/{job.Integer("spec", "completions")}";
        var parallelism = job.Integer("spec", "parallelism");
        return parallelism > 1 ? $"{succeeded}/1 of {parallelism}" : $"{succeeded}/1";
    }

    private static string Duration(JsonElement job, DateTimeOffset now) =>
        Meta.ParseTime(job.Text("status", "startTime")) is { } start ? Ages.Format((Meta.ParseTime(job.Text("status", "completionTime")) ?? now) - start) : "";

    private static string Targets(JsonElement autoscaler)
    {
        var states = autoscaler.Items("status", "currentMetrics").ToArray();
        var targets = autoscaler.Items("spec", "metrics").Select((m, i) => Target(m, i < states.Length ? states[i] : default)).ToArray();
        if (targets.Length == 0) return "<none>";
        var text = string.Join(", ", targets.Take(ShownMetrics));
        return targets.Length > ShownMetrics ? $"{text} + {targets.Length - ShownMetrics} more..." : text;
    }

    private static string Target(JsonElement metric, JsonElement state)
    {
        var field = metric.Text("type") switch
        {
            "External" => "external",
            "Pods" => "pods",
            "Object" => "object",
            "Resource" => "resource",
            "ContainerResource" => "containerResource",
            _ => null,
        };
        if (field is null) return "<unknown type>";
        var (target, current) = (metric.At(field, "target"), state.At(field, "current"));
        if (field is "resource" or "containerResource")
        {
            var name = metric.Text(field, "name");
            if (target.Has("averageValue")) return $"{name}: {Amount(current, "averageValue")}/{Amount(target, "averageValue")}";
            return $"{name}: {Percent(current, "<unknown>")}/{Percent(target, "<auto>")}";
        }
        if (field == "pods") return $"{Amount(current, "averageValue")}/{Amount(target, "averageValue")}";
        return target.Has("averageValue")
            ? $"{Amount(current, "averageValue")}/{Amount(target, "averageValue")} (avg)"
            : $"{Amount(current, "value")}/{Amount(target, "value")}";
    }

    private static string Amount(JsonElement values, string name) => CellTexts.Amount(values.At(name)) ?? "<unknown>";

    private static string Percent(JsonElement values, string unknown) => values.Has("averageUtilization") ? $"{values.Integer("averageUtilization")}%" : unknown;
}
