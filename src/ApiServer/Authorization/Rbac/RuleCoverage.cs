namespace Slipway.ApiServer.Authorization.Rbac;

/// <summary>Compares what some rules allow with what others do.</summary>
internal static class RuleCoverage
{
    /// <summary>
    /// What <paramref name="wanted"/> allows and <paramref name="held"/> does not, broken down to one verb, group, resource and
    /// name, or one verb and path, for each rule.
    /// </summary>
    public static List<PolicyRule> Missing(IReadOnlyList<PolicyRule> held, IEnumerable<PolicyRule> wanted)
    {
        var missing = new List<PolicyRule>();
        foreach (var part in wanted.SelectMany(BrokenDown))
            if (!held.Any(rule => Covers(rule, part))) missing.Add(part);
        return missing;
    }

    /// <summary>Joins the parts that differ in their verbs alone, each as it is told in messages, in order.</summary>
    public static IEnumerable<string> Describe(IEnumerable<PolicyRule> parts) => parts
        .GroupBy(p => (Group: One(p.ApiGroups), Resource: One(p.Resources), Name: One(p.ResourceNames), Url: One(p.NonResourceUrls)))
        .SelectMany(same => same.Key.Url is null
            ? [same.First() with { Verbs = [.. same.SelectMany(p => p.Verbs).Distinct()] }]
            : (IEnumerable<PolicyRule>)same)
        .Select(Describe).Distinct().Order(StringComparer.Ordinal);

    private static string? One(string[] texts) => texts.Length == 0 ? null : texts[0];

    private static string Describe(PolicyRule rule)
    {
        var parts = new List<string>(5);
        Add("APIGroups", rule.ApiGroups);
        Add("Resources", rule.Resources);
        Add("NonResourceURLs", rule.NonResourceUrls);
        Add("ResourceNames", rule.ResourceNames);
        Add("Verbs", rule.Verbs);
        return $"{{{string.Join(", ", parts)}}}";

        void Add(string name, string[] texts)
        {
            if (texts.Length > 0) parts.Add($"{name}:[{string.Join(' ', texts.Select(t => $"\"{t}\""))}]");
        }
    }

    private static IEnumerable<PolicyRule> BrokenDown(PolicyRule rule)
    {
        foreach (var group in rule.ApiGroups)
            foreach (var resource in rule.Resources)
                foreach (var verb in rule.Verbs)
                {
                    var part = new PolicyRule { ApiGroups = [group], Resources = [resource], Verbs = [verb] };
                    if (rule.ResourceNames.Length == 0) yield return part;
                    foreach (var name in rule.ResourceNames) yield return part with { ResourceNames = [name] };
                }
        foreach (var url in rule.NonResourceUrls)
            foreach (var verb in rule.Verbs) yield return new PolicyRule { NonResourceUrls = [url], Verbs = [verb] };
    }

    private static bool Covers(PolicyRule held, PolicyRule part)
    {
        if (!HasOrAny(held.Verbs, part.Verbs[0])) return false;
        if (part.NonResourceUrls is [var url]) return held.CoversPath(url);
        var resource = part.Resources[0];
        var slash = resource.IndexOf('/');
        return HasOrAny(held.ApiGroups, part.ApiGroups[0])
            && (slash < 0 ? held.CoversResource(resource, "") : held.CoversResource(resource.AsSpan(0, slash), resource.AsSpan(slash + 1)))
            && (held.ResourceNames.Length == 0 || (part.ResourceNames is [var name] && held.ResourceNames.Contains(name)));
    }

    private static bool HasOrAny(string[] texts, string wanted) => texts.Contains("*") || texts.Contains(wanted);
}
