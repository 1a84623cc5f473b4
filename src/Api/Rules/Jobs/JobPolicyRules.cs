using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Jobs;

/// <summary>The rules of when a job fails and when it has succeeded.</summary>
internal static class JobPolicyRules
{
    private const int MaxRules = 20;
    private const int MaxConditions = 20;
    private const int MaxExitCodes = 255;
    private const int MaxIndexesBytes = 64 * 1024;

    public static void Failure(JsonObject spec, JsonObject policy, string path, List<StatusCause> causes)
    {
        AtMost(policy.Array("rules"), MaxRules, $"{path}.rules", causes);
        var pod = spec.Object("template")?.Object("spec") ?? [];
        var containers = pod.Objects("containers").Concat(pod.Objects("initContainers")).Select(c => c.Text("name") ?? "").ToHashSet(StringComparer.Ordinal);
        var i = 0;
        foreach (var rule in policy.Objects("rules"))
        {
            var at = $"{path}.rules[{i++}]";
            var action = rule.Text("action");
            if (action == "FailIndex" && spec["backoffLimitPerIndex"] is null) causes.Add(StatusCause.Invalid($"{at}.action", Quote(action), "requires the backoffLimitPerIndex to be set"));
            else if (Required(rule, "action", at, causes, "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]")) Supported(rule, "action", ["Count", "FailIndex", "FailJob", "Ignore"], at, causes);
            var (codes, conditions) = (rule.Object("onExitCodes"), rule.Array("onPodConditions") is { Count: > 0 });
            if (codes is not null) ExitCodes(codes, containers, $"{at}.onExitCodes", causes);
            Conditions(rule, $"{at}.onPodConditions", causes);
            if (codes is not null && conditions) causes.Add(new("FieldValueInvalid", at, "Invalid value: specifying both OnExitCodes and OnPodConditions is not supported"));
            if (codes is null && !conditions) causes.Add(new("FieldValueInvalid", at, "Invalid value: specifying one of OnExitCodes and OnPodConditions is required"));
        }
    }

    public static void Success(JsonObject spec, JsonObject policy, string path, List<StatusCause> causes)
    {
        if (policy.Array("rules") is not { Count: > 0 }) causes.Add(StatusCause.Required($"{path}.rules", "at least one rules must be specified when the successPolicy is specified"));
        AtMost(policy.Array("rules"), MaxRules, $"{path}.rules", causes);
        var completions = spec.Integer("completions") ?? 0;
        var i = 0;
        foreach (var rule in policy.Objects("rules"))
        {
            var at = $"{path}.rules[{i++}]";
            var (count, indexes) = (rule.Integer("succeededCount"), rule.Text("succeededIndexes"));
            if (count is null && indexes is null) causes.Add(StatusCause.Required(at, "at least one of succeededCount or succeededIndexes must be specified"));
            var total = 0L;
            if (indexes is not null)
            {
                NotLonger(rule, "succeededIndexes", MaxIndexesBytes, at, causes);
                if (JobIndexes.Error(indexes, completions, out total) is { } error) causes.Add(StatusCause.Invalid($"{at}.succeededIndexes", Quote(indexes), $"error parsing succeededIndexes: {error}"));
            }
            NotNegative(rule, "succeededCount", at, causes);
            if (count > completions) causes.Add(StatusCause.Invalid($"{at}.succeededCount", $"{count}", $"must be less than or equal to {completions} (the number of specified completions)"));
            if (indexes is not null && count > total) causes.Add(StatusCause.Invalid($"{at}.succeededCount", $"{count}", $"must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)"));
        }
    }

    private static void ExitCodes(JsonObject codes, HashSet<string> containers, string path, List<StatusCause> causes)
    {
        if (Required(codes, "operator", path, causes, "valid values: [\"In\" \"NotIn\"]")) Supported(codes, "operator", ["In", "NotIn"], path, causes);
        if (codes.Text("containerName") is { } name && !containers.Contains(name))
            causes.Add(StatusCause.Invalid($"{path}.containerName", Quote(name), "must be one of the container or initContainer names in the pod template"));
        var values = codes.Array("values") ?? [];
        if (values.Count == 0) causes.Add(StatusCause.Invalid($"{path}.values", "[]", "at least one value is required"));
        AtMost(values, MaxExitCodes, $"{path}.values", causes);
        var (seen, ordered) = (new HashSet<long>(), true);
        for (var i = 0; i < values.Count; i++)
        {
            var value = values[i].AsInteger() ?? 0;
            if (value == 0 && codes.Text("operator") == "In") causes.Add(StatusCause.Invalid($"{path}.values[{i}]", "0", "must not be 0 for the In operator"));
            if (!seen.Add(value)) causes.Add(StatusCause.Duplicate($"{path}.values[{i}]", $"{value}"));
            if (i > 0 && values[i - 1].AsInteger() > value) ordered = false;
        }
        if (!ordered) causes.Add(StatusCause.Invalid($"{path}.values", values.Shown(), "must be ordered"));
    }

    private static void Conditions(JsonObject rule, string path, List<StatusCause> causes)
    {
        AtMost(rule.Array("onPodConditions"), MaxConditions, path, causes);
        var i = 0;
        foreach (var pattern in rule.Objects("onPodConditions"))
        {
            var at = $"{path}[{i++}]";
            SelectorRules.LabelKey(pattern, "type", at, causes);
            if (Required(pattern, "status", at, causes, "valid values: [\"False\" \"True\" \"Unknown\"]")) Supported(pattern, "status", ["False", "True", "Unknown"], at, causes);
        }
    }
}
