using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.FlowControl;

/// <summary>One rule of a flow schema: requests of any of its subjects that any of its resource or path rules covers.</summary>
internal sealed record FlowRule(FlowSubject[] Subjects, FlowResources[] Resources, FlowPaths[] Paths)
{
    private const string Any = "*";

    public static FlowRule Read(JsonObject rule) => new(
        [.. rule.Objects("subjects").Select(FlowSubject.Read)],
        [.. rule.Objects("resourceRules").Select(r => new FlowResources(Texts(r, "verbs"), Texts(r, "apiGroups"), Texts(r, "resources"), Texts(r, "namespaces"), r["clusterScope"]?.GetValueKind() == System.Text.Json.JsonValueKind.True))],
        [.. rule.Objects("nonResourceRules").Select(r => new FlowPaths(Texts(r, "verbs"), Texts(r, "nonResourceURLs")))]);

    public bool Matches(in FlowRequest request) => HasSubject(request.User) && (request.Path.IsResource ? CoversResource(request) : CoversPath(request));

    /// <summary>Whether a list has a value, or the star that stands for all.</summary>
    internal static bool Has(string[] among, string value)
    {
        foreach (var one in among)
            if (one == value || one == Any) return true;
        return false;
    }

    private bool HasSubject(UserInfo user)
    {
        foreach (var subject in Subjects)
            if (subject.Is(user)) return true;
        return false;
    }

    private bool CoversResource(in FlowRequest request)
    {
        foreach (var resources in Resources)
            if (resources.Covers(request)) return true;
        return false;
    }

    private bool CoversPath(in FlowRequest request)
    {
        foreach (var paths in Paths)
            if (paths.Covers(request)) return true;
        return false;
    }

    private static string[] Texts(JsonObject rule, string field) => [.. (rule[field] as JsonArray ?? []).Select(item => item.AsText() ?? "")];
}

/// <summary>Whose requests are meant.</summary>
/// <param name="Kind"><c>User</c>, <c>Group</c> or <c>ServiceAccount</c>.</param>
/// <param name="Name">Their name; a star stands for all.</param>
/// <param name="Namespace">Of a service account, its namespace.</param>
internal sealed record FlowSubject(string Kind, string Name, string Namespace)
{
    public static FlowSubject Read(JsonObject subject) => subject.Text("kind") switch
    {
        "User" => new("User", subject.Object("user")?.Text("name") ?? "", ""),
        "Group" => new("Group", subject.Object("group")?.Text("name") ?? "", ""),
        var kind => new(kind ?? "", subject.Object("serviceAccount")?.Text("name") ?? "", subject.Object("serviceAccount")?.Text("namespace") ?? ""),
    };

    // Every request is held against all subjects before its own: nothing is taken apart for it.
    private readonly string _account = ServiceAccountUser.NameOf(Namespace, Name == "*" ? "" : Name);

    public bool Is(UserInfo user) => Kind switch
    {
        "User" => Name == "*" || Name == user.Name,
        "Group" => Name == "*" || user.IsIn(Name),
        "ServiceAccount" => Name == "*" ? user.Name.StartsWith(_account, StringComparison.Ordinal) : user.Name == _account,
        _ => false,
    };
}

/// <summary>Which resources are meant.</summary>
/// <param name="Verbs">What is done with them.</param>
/// <param name="Groups">Their API groups.</param>
/// <param name="Names">Resources, and subresources as <c>pods/log</c>.</param>
/// <param name="Namespaces">Where they are.</param>
/// <param name="ClusterScope">Whether what is asked for in no namespace, or in all, is meant too.</param>
internal sealed record FlowResources(string[] Verbs, string[] Groups, string[] Names, string[] Namespaces, bool ClusterScope)
{
    public bool Covers(in FlowRequest request)
    {
        var path = request.Path;
        if (!FlowRule.Has(Verbs, request.Verb) || !FlowRule.Has(Groups, path.Group) || !HasName(path.Plural, path.Subresource)) return false;
        var ns = request.Namespace;
        return ns.Length == 0 ? ClusterScope : FlowRule.Has(Namespaces, ns);
    }

    private bool HasName(string plural, string subresource)
    {
        foreach (var name in Names)
        {
            if (name == "*") return true;
            if (subresource.Length == 0 ? name == plural
                : name.Length == plural.Length + 1 + subresource.Length && name[plural.Length] == '/'
                    && name.StartsWith(plural, StringComparison.Ordinal) && name.EndsWith(subresource, StringComparison.Ordinal)) return true;
        }
        return false;
    }
}

/// <summary>Which paths that are no resources are meant.</summary>
/// <param name="Verbs">Methods in small letters.</param>
/// <param name="Paths">Paths; a star at the end stands for whatever follows.</param>
internal sealed record FlowPaths(string[] Verbs, string[] Paths)
{
    public bool Covers(in FlowRequest request)
    {
        if (!FlowRule.Has(Verbs, request.Verb)) return false;
        var path = request.Path.Path;
        foreach (var one in Paths)
            if (one == path || (one.EndsWith('*') && path.AsSpan().StartsWith(one.AsSpan(..^1), StringComparison.Ordinal))) return true;
        return false;
    }
}
