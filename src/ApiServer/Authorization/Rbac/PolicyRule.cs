using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Authorization.Rbac;

/// <summary>
/// One rule of a role: what may be done to which resources, or to which other paths
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/rbac/"/>).
/// </summary>
internal sealed record PolicyRule
{
    private const string Any = "*";

    public string[] Verbs { get; init; } = [];

    /// <summary>API groups; the empty string is the core group.</summary>
    public string[] ApiGroups { get; init; } = [];

    /// <summary>Resources, <c>resource/subresource</c>, <c>*/subresource</c>, or <c>*</c> for all of both.</summary>
    public string[] Resources { get; init; } = [];

    /// <summary>Names of the objects meant; empty for all.</summary>
    public string[] ResourceNames { get; init; } = [];

    /// <summary>Paths that are no resources; a star at the end stands for whatever follows.</summary>
    public string[] NonResourceUrls { get; init; } = [];

    /// <summary>The rules of a Role or ClusterRole.</summary>
    public static PolicyRule[] ReadAll(JsonObject role) => [.. role.Objects("rules").Select(Read)];

    public static PolicyRule Read(JsonObject rule) => new()
    {
        Verbs = Texts(rule, "verbs"),
        ApiGroups = Texts(rule, "apiGroups"),
        Resources = Texts(rule, "resources"),
        ResourceNames = Texts(rule, "resourceNames"),
        NonResourceUrls = Texts(rule, "nonResourceURLs"),
    };

    /// <summary>The rule as a document's field.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        Put(json, "apiGroups", ApiGroups);
        Put(json, "nonResourceURLs", NonResourceUrls);
        Put(json, "resourceNames", ResourceNames);
        Put(json, "resources", Resources);
        Put(json, "verbs", Verbs);
        return json;
    }

    /// <summary>Whether the rule allows a request.</summary>
    public bool Allows(AccessRequest request)
    {
        if (!HasOrAny(Verbs, request.Verb)) return false;
        return request.NonResourcePath is { } path
            ? CoversPath(path)
            : HasOrAny(ApiGroups, request.Group) && CoversResource(request.Resource, request.Subresource) && CoversName(request.Name);
    }

    /// <summary>Whether the rule names a path that is no resource, or a pattern that it fits.</summary>
    public bool CoversPath(ReadOnlySpan<char> path)
    {
        foreach (var url in NonResourceUrls)
        {
            if (url == Any || path.SequenceEqual(url)) return true;
            if (url.EndsWith('*') && path.StartsWith(url.AsSpan().TrimEnd('*'))) return true;
        }
        return false;
    }

    /// <summary>Whether the rule is about a resource, or its subresource if one is given.</summary>
    public bool CoversResource(ReadOnlySpan<char> resource, ReadOnlySpan<char> subresource)
    {
        foreach (var named in Resources)
        {
            if (named == Any) return true;
            if (subresource.IsEmpty)
            {
                if (resource.SequenceEqual(named)) return true;
                continue;
            }
            var text = named.AsSpan();
            var slash = text.Length - subresource.Length - 1;
            if (slash > 0 && text[slash] == '/' && text[(slash + 1)..].SequenceEqual(subresource) && (text[..slash] is "*" || text[..slash].SequenceEqual(resource))) return true;
        }
        return false;
    }

    private bool CoversName(string name) => ResourceNames.Length == 0 || Has(ResourceNames, name);

    private static bool HasOrAny(string[] texts, string wanted)
    {
        foreach (var text in texts)
            if (text == Any || text == wanted) return true;
        return false;
    }

    private static bool Has(string[] texts, string wanted)
    {
        foreach (var text in texts)
            if (text == wanted) return true;
        return false;
    }

    private static string[] Texts(JsonObject rule, string name) => rule.Array(name) is { } list ? [.. list.Select(t => t.AsText() ?? "")] : [];

    private static void Put(JsonObject json, string name, string[] texts)
    {
        if (texts.Length > 0) json[name] = new JsonArray([.. texts.Select(t => (JsonNode)t)]);
    }
}
