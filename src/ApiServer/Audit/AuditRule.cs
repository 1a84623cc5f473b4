namespace Slipway.ApiServer.Audit;

/// <summary>A rule of an audit policy. Empty lists match everything; a rule is for resources or for other paths, never for both.</summary>
internal sealed record AuditRule(AuditLevel Level)
{
    public IReadOnlyList<string> Users { get; init; } = [];
    public IReadOnlyList<string> UserGroups { get; init; } = [];
    public IReadOnlyList<string> Verbs { get; init; } = [];
    public IReadOnlyList<string> Namespaces { get; init; } = [];
    public IReadOnlyList<AuditResources> Resources { get; init; } = [];

    /// <summary>Paths; a <c>*</c> at the end stands for anything.</summary>
    public IReadOnlyList<string> NonResourceUrls { get; init; } = [];

    public AuditStages Omitted { get; init; }
    public bool? OmitManagedFields { get; init; }

    public bool Matches(in AuditedRequest request) =>
        (Users.Count == 0 || Users.Contains(request.User.Name))
        && (UserGroups.Count == 0 || IsInGroup(request.User))
        && (Verbs.Count == 0 || Verbs.Contains(request.Verb))
        && (request.NonResourcePath is { } path ? MatchesPath(path) : MatchesResource(request));

    // Asked of every request.
    private bool IsInGroup(UserInfo user)
    {
        foreach (var group in user.Groups)
            if (UserGroups.Contains(group)) return true;
        return false;
    }

    private bool MatchesPath(string path)
    {
        if (Resources.Count > 0 || Namespaces.Count > 0) return false;
        if (NonResourceUrls.Count == 0) return true;
        foreach (var url in NonResourceUrls)
            if (url.EndsWith('*') ? path.StartsWith(url.AsSpan(0, url.Length - 1), StringComparison.Ordinal) : url == path) return true;
        return false;
    }

    private bool MatchesResource(in AuditedRequest request)
    {
        if (NonResourceUrls.Count > 0 || (Namespaces.Count > 0 && !Namespaces.Contains(request.Namespace))) return false;
        if (Resources.Count == 0) return true;
        foreach (var resources in Resources)
            if (resources.Match(request)) return true;
        return false;
    }
}

/// <summary>Resources of one group.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Resources"><c>pods</c>, <c>pods/log</c>, <c>pods/*</c>, <c>*/scale</c> or <c>*</c>; none means all, with their subresources.</param>
/// <param name="Names">Names of objects; none means all.</param>
internal sealed record AuditResources(string Group, IReadOnlyList<string> Resources, IReadOnlyList<string> Names)
{
    public bool Match(in AuditedRequest request)
    {
        if (request.Group != Group || (Names.Count > 0 && !Names.Contains(request.Name))) return false;
        if (Resources.Count == 0) return true;
        var slash = request.Resource.IndexOf('/');
        foreach (var resource in Resources)
        {
            if (resource == request.Resource || resource == "*") return true;
            if (slash < 0) continue;
            if (resource.EndsWith("/*", StringComparison.Ordinal) && request.Resource.AsSpan(0, slash).SequenceEqual(resource.AsSpan(0, resource.Length - 2))) return true;
            if (resource.StartsWith("*/", StringComparison.Ordinal) && request.Resource.AsSpan(slash + 1).SequenceEqual(resource.AsSpan(2))) return true;
        }
        return false;
    }
}
