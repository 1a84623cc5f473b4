using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.Cli.Runs;
using Slipway.Cli.Why.Pods;

namespace Slipway.Cli.Why.FlowRuns;

/// <summary>Why a run of a flow has failed or waits: which task, in the terms of its pod.</summary>
internal static class FlowRunCauses
{
    private const int ItemsShown = 5;

    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject run)
    {
        var status = run.Object("status") ?? [];
        if (status.Text("phase") == "Succeeded")
            return [];
        var causes = new List<Cause>();
        foreach (var task in status.Objects("tasks"))
        {
            var name = task.Text("name") ?? "";
            var items = task.Objects("items").ToList();
            foreach (var item in items.Where(item => item.Text("phase") == "Failed").Take(ItemsShown))
                causes.Add(Failed(inquiry, run, name, item));
            foreach (var item in items.Where(item => item.Text("phase") is "Pending" or "Running").Take(ItemsShown))
                if (Waiting(inquiry, run, name, item) is { } waiting)
                    causes.Add(waiting);
            if (items.Count == 0 && task.Text("phase") is "Failed" or "Pending" && task.Text("message") is { Length: > 0 } message)
                causes.Add(new Cause($"Task {name}: {Words.OneLine(message)}"));
        }
        if (causes.Count == 0 && status.Text("message") is { Length: > 0 } why && status.Text("phase") != "Running")
            causes.Add(new Cause(Words.OneLine(why)));
        return causes;
    }

    /// <summary>The last run of a flow, if it failed, and what its own status says.</summary>
    public static IReadOnlyList<Cause> OfFlow(Inquiry inquiry, JsonObject flow)
    {
        var runs = inquiry.List(KindName.FlowRun, flow.Namespace).Where(run => run.At("spec.flow").AsText() == flow.Name).OrderByDescending(run => run.CreationTimestamp).ToList();
        return runs is [var last, ..] && Of(inquiry, last) is { Count: > 0 } because ? [new Cause($"Its last run {last.Name}: {State(last)}") { Because = because }] : [];
    }

    /// <summary>How far a run is, in one sentence.</summary>
    public static string State(JsonObject run) =>
        $"it is {run.At("status.phase").AsText() ?? "Pending"}{(run.At("status.progress").AsText() is { Length: > 0 } progress ? $", {progress} done" : "")}";

    private static Cause Failed(Inquiry inquiry, JsonObject run, string task, JsonObject item)
    {
        var pod = item.Text("pod") is { Length: > 0 } name ? inquiry.Find(KindName.Pod, run.Namespace, name) : null;
        var label = Label(task, item);
        var attempts = item.Integer("attempts") is { } tries and > 1 ? $" after {Words.Count(tries, "attempt")}" : "";
        if (item.Text("reason") == "OutOfMemory")
            return OutOfMemory(run, task, label, attempts, item);
        // What the run says of it is the answer; the pod, as long as it is there, knows more.
        var because = pod is null ? [] : PodCauses.Of(inquiry, pod);
        return new Cause($"Task {label} failed{attempts} ({item.Text("reason") ?? "Error"}): {Words.OneLine(item.Text("message"))}")
        {
            Because = because,
            Remedy = because.Count > 0 ? null : new("See what it wrote") { Command = $"slipway logs {run.Name} {TaskPath.TryParse(label)?.Argument ?? task} -n {run.Namespace}" },
        };
    }

    private static Cause OutOfMemory(JsonObject run, string task, string label, string attempts, JsonObject item)
    {
        var limit = item.Text("memoryLimit") ?? "";
        var (flow, path, declared, defaults) = DeclaredTask.Find(run, task);
        // Where the flow raises memory by itself, it is the most that it may raise it to which ended it.
        var policy = declared?.Object("onOutOfMemory") ?? defaults?.Object("onOutOfMemory");
        var field = policy is null ? "resources.memory" : "onOutOfMemory.limit";
        var now = policy?.Text("limit") ?? limit;
        return new Cause($"Task {label} was killed at its memory limit of {limit}{attempts}")
        {
            Evidence = item.Integer("peakMemoryBytes") is { } peak ? [$"measured: a peak of {Units.Bytes(peak)}, of {limit}"] : [],
            Remedy = new("Give it more")
            {
                Object = $"flow/{flow}",
                Path = $"{path}.{field}",
                Value = Quantity.TryParse(now, out var most) ? (most * 2).ToString() : "AMOUNT",
            },
        };
    }

    private static Cause? Waiting(Inquiry inquiry, JsonObject run, string task, JsonObject item)
    {
        if (item.Text("pod") is not { Length: > 0 } name || inquiry.Find(KindName.Pod, run.Namespace, name) is not { } pod)
            return null;
        return PodCauses.Of(inquiry, pod) is { Count: > 0 } because ? new Cause($"Task {Label(task, item)} does not get on") { Because = because } : null;
    }

    private static string Label(string task, JsonObject item) => item.Text("path") is { } path ? path : item.Integer("index") is { } index ? string.Create(CultureInfo.InvariantCulture, $"{task}[{index}]") : task;
}
