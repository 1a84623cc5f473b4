using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Admission;

/// <summary>The rules of which requests webhooks and policies are asked about.</summary>
internal static class MatchRules
{
    private const int MaxConditions = 64;
    private static readonly string[] Operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

    /// <param name="rule">Operations, groups, versions, resources and scope.</param>
    /// <param name="allowSubresourceMix">Whether wildcards may stand beside what they include.</param>
    /// <param name="path">Path of the rule.</param>
    /// <param name="causes">Where findings go.</param>
    public static void Rule(JsonObject rule, bool allowSubresourceMix, string path, List<StatusCause> causes)
    {
        Alone(rule.Array("apiGroups"), $"{path}.apiGroups", causes);
        Alone(rule.Array("apiVersions"), $"{path}.apiVersions", causes);
        var versions = rule.Array("apiVersions");
        for (var i = 0; i < (versions?.Count ?? 0); i++)
            if (versions![i].AsText() == "") causes.Add(StatusCause.Required($"{path}.apiVersions[{i}]"));
        Resources(rule.Array("resources"), allowSubresourceMix, $"{path}.resources", causes);
        Supported(rule, "scope", ["*", "Cluster", "Namespaced"], path, causes);
        Alone(rule.Array("operations"), $"{path}.operations", causes);
        var operations = rule.Array("operations");
        for (var i = 0; i < (operations?.Count ?? 0); i++)
            if (!Operations.Contains(operations![i].AsText())) causes.Add(StatusCause.NotSupported($"{path}.operations[{i}]", operations[i].Shown(), Operations));
    }

    /// <summary>Adds what is wrong with conditions in CEL, but for the expressions themselves.</summary>
    public static void Conditions(JsonArray? conditions, string path, List<StatusCause> causes)
    {
        if (conditions is null) return;
        if (conditions.Count > MaxConditions) causes.Add(new("FieldValueTooMany", path, $"Too many: {conditions.Count}: must have at most {MaxConditions} items"));
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < conditions.Count; i++)
        {
            if (conditions[i] is not JsonObject condition) continue;
            var at = $"{path}[{i}]";
            if (string.IsNullOrWhiteSpace(condition.Text("expression"))) causes.Add(StatusCause.Required($"{at}.expression"));
            if (!Required(condition, "name", at, causes)) continue;
            Grammar(condition, "name", Names.QualifiedNameError, at, causes);
            if (!names.Add(condition.Text("name")!)) causes.Add(StatusCause.Duplicate($"{at}.name", Quote(condition.Text("name")!)));
        }
    }

    /// <summary>Adds what is wrong with what a policy, or its binding, matches.</summary>
    public static void Resources(JsonObject match, bool isRequired, string path, List<StatusCause> causes)
    {
        Supported(match, "matchPolicy", ["Equivalent", "Exact"], path, causes);
        SelectorRules.Validate(match.Object("namespaceSelector"), $"{path}.namespaceSelector", causes);
        SelectorRules.Validate(match.Object("objectSelector"), $"{path}.objectSelector", causes);
        if (isRequired && match.Array("resourceRules") is not { Count: > 0 }) causes.Add(StatusCause.Required($"{path}.resourceRules"));
        foreach (var list in (ReadOnlySpan<string>)["resourceRules", "excludeResourceRules"])
        {
            var i = 0;
            foreach (var rule in match.Objects(list))
            {
                var at = $"{path}.{list}[{i++}]";
                Rule(rule, allowSubresourceMix: false, at, causes);
                var names = rule.Array("resourceNames");
                for (var n = 0; n < (names?.Count ?? 0); n++)
                {
                    if (Names.PathSegmentError(names![n].AsText() ?? "") is { } error) causes.Add(StatusCause.Invalid($"{at}.resourceNames[{n}]", names[n].Shown(), error));
                    if (names.Take(n).Any(o => JsonNode.DeepEquals(o, names[n]))) causes.Add(StatusCause.Duplicate($"{at}.resourceNames[{n}]", names[n].Shown()));
                }
            }
        }
    }

    // A star says everything, so nothing can stand beside it.
    private static void Alone(JsonArray? values, string path, List<StatusCause> causes)
    {
        if (values is not { Count: > 0 }) causes.Add(StatusCause.Required(path));
        else if (values.Count > 1 && values.Any(v => v.AsText() == "*")) causes.Add(StatusCause.Invalid(path, values.Shown(), "if '*' is present, must not specify other " + path[(path.LastIndexOf('.') + 1)..] switch { "apiGroups" => "API groups", "apiVersions" => "API versions", _ => "operations" }));
    }

    private static void Resources(JsonArray? resources, bool allowMix, string path, List<StatusCause> causes)
    {
        if (resources is not { Count: > 0 })
        {
            causes.Add(StatusCause.Required(path));
            return;
        }
        var all = resources.Select(r => r.AsText() ?? "").ToArray();
        var (whole, parts) = (all.Where(r => r.EndsWith("/*", StringComparison.Ordinal)).Select(r => r[..^2]).ToHashSet(), all.Where(r => r.StartsWith("*/", StringComparison.Ordinal)).Select(r => r[2..]).ToHashSet());
        for (var i = 0; i < all.Length; i++)
        {
            var slash = all[i].IndexOf('/');
            if (all[i].Length == 0) causes.Add(StatusCause.Required($"{path}[{i}]"));
            if (slash < 0) continue;
            var (resource, part) = (all[i][..slash], all[i][(slash + 1)..]);
            if (part != "*" && whole.Contains(resource)) causes.Add(StatusCause.Invalid($"{path}[{i}]", Quote(all[i]), $"if '{resource}/*' is present, must not specify {all[i]}"));
            if (resource != "*" && parts.Contains(part)) causes.Add(StatusCause.Invalid($"{path}[{i}]", Quote(all[i]), $"if '*/{part}' is present, must not specify {all[i]}"));
        }
        if (all.Length > 1 && all.Contains("*/*")) causes.Add(StatusCause.Invalid(path, resources.Shown(), "if '*/*' is present, must not specify other resources"));
        if (all.Contains("*") && all.Any(r => r != "*" && (!allowMix || !r.Contains('/')))) causes.Add(StatusCause.Invalid(path, resources.Shown(), allowMix ? "if '*' is present, must not specify other resources without subresources" : "if '*' is present, must not specify other resources"));
    }
}
