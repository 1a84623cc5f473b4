using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Jobs;

/// <summary>The rules of what a controller writes about a job: a job ends once, and what was counted stays counted.</summary>
internal static class JobStatusRules
{
    public static void Validate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        var (spec, before, after) = (updated.Object("spec") ?? [], old.Object("status") ?? [], updated.Object("status") ?? []);
        NotNegative(after, ["active", "succeeded", "failed", "ready", "terminating"], "status", causes);
        Uncounted(after, causes);
        var (complete, failed) = (Is(after, "Complete"), Is(after, "Failed"));
        if (complete && failed) Conditions("cannot set Complete=True and Failed=true conditions");
        if (complete && Is(after, "FailureTarget")) Conditions("cannot set Complete=True and FailureTarget=true conditions");
        if (failed && Is(after, "SuccessCriteriaMet")) Conditions("cannot set SuccessCriteriaMet=True and Failed=true conditions");
        if (Is(after, "SuccessCriteriaMet") && Is(after, "FailureTarget")) Conditions("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
        Times(before, after, complete, causes);
        if (complete || failed)
        {
            if (after.Integer("active") > 0) causes.Add(StatusCause.Invalid("status.active", after["active"].Shown(), "active>0 is invalid for finished job"));
            if (after["startTime"] is null) causes.Add(StatusCause.Required("status.startTime", "startTime is required for finished job"));
        }
        if (after.Integer("ready") > (after.Integer("active") ?? 0)) causes.Add(StatusCause.Invalid("status.ready", after["ready"].Shown(), "cannot set more ready pods than active"));
        if (spec.Text("completionMode") != "Indexed" && !string.IsNullOrEmpty(after.Text("completedIndexes")))
            causes.Add(StatusCause.Invalid("status.completedIndexes", after["completedIndexes"].Shown(), "cannot set non-empty completedIndexes when non-indexed completion mode"));
        if (spec.Integer("completions") is { } completions)
            foreach (var name in (ReadOnlySpan<string>)["completedIndexes", "failedIndexes"])
                if (after.Text(name) is { } indexes && JobIndexes.Error(indexes, completions, out _) is { } error) causes.Add(StatusCause.Invalid($"status.{name}", Quote(indexes), $"error parsing {name}: {error}"));

        foreach (var type in (ReadOnlySpan<string>)["Failed", "Complete", "FailureTarget"])
            if (Is(before, type) && !Is(after, type)) Conditions($"cannot disable the terminal {type}=True condition");
        if (Is(before, "SuccessCriteriaMet") && !Is(after, "SuccessCriteriaMet")) Conditions("cannot disable the SuccessCriteriaMet=True condition");
        foreach (var name in (ReadOnlySpan<string>)["failed", "succeeded"])
        {
            // An indexed job that shrinks loses the indexes beyond its end.
            if (name == "succeeded" && spec.Text("completionMode") == "Indexed") continue;
            if ((after.Integer(name) ?? 0) < (before.Integer(name) ?? 0)) causes.Add(StatusCause.Invalid($"status.{name}", $"{after.Integer(name) ?? 0}", $"cannot decrease the {name} counter"));
        }

        void Conditions(string detail) => causes.Add(new("FieldValueInvalid", "status.conditions", $"Invalid value: {detail}"));
    }

    private static void Times(JsonObject before, JsonObject after, bool complete, List<StatusCause> causes)
    {
        var (start, end) = (after.Text("startTime"), after.Text("completionTime"));
        if (end is not null && !complete) causes.Add(StatusCause.Invalid("status.completionTime", Quote(end), "cannot set completionTime when there is no Complete=True condition"));
        if (end is null && complete) causes.Add(StatusCause.Required("status.completionTime", "completionTime is required for Complete jobs"));
        if (Meta.ParseTime(start) is { } began && Meta.ParseTime(end) is { } ended && ended < began) causes.Add(StatusCause.Invalid("status.completionTime", Quote(end!), "completionTime cannot be set before startTime"));
        if (before.Text("completionTime") is { } was && end is not null && was != end) causes.Add(StatusCause.Invalid("status.completionTime", Quote(end), "completionTime cannot be mutated"));
    }

    private static void Uncounted(JsonObject status, List<StatusCause> causes)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in (ReadOnlySpan<string>)["succeeded", "failed"])
        {
            var list = status.Object("uncountedTerminatedPods")?.Array(name);
            for (var i = 0; i < (list?.Count ?? 0); i++)
            {
                var (uid, at) = (list![i].AsText() ?? "", $"status.uncountedTerminatedPods.{name}[{i}]");
                if (uid.Length == 0) causes.Add(StatusCause.Invalid(at, "\"\"", "must not be empty"));
                else if (!seen.Add(uid)) causes.Add(StatusCause.Duplicate(at, Quote(uid)));
            }
        }
    }

    private static bool Is(JsonObject status, string type)
    {
        foreach (var condition in status.Objects("conditions"))
            if (condition.Text("type") == type) return condition.Text("status") == "True";
        return false;
    }
}
