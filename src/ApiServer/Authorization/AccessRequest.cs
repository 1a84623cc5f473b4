using Slipway.Api;
using Slipway.Api.Selectors;
using Slipway.ApiServer.Routing;

namespace Slipway.ApiServer.Authorization;

/// <summary>What is asked to be done, for authorization.</summary>
/// <param name="User">Who asks.</param>
/// <param name="Verb"><c>get</c>, <c>list</c>, <c>watch</c>, <c>create</c>, <c>update</c>, <c>patch</c>, <c>delete</c>, <c>deletecollection</c>, or a special one such as <c>impersonate</c>.</param>
internal sealed record AccessRequest(UserInfo User, string Verb)
{
    /// <summary>The path, for what is not a resource; null for resources.</summary>
    public string? NonResourcePath { get; init; }

    public string Group { get; init; } = "";
    public string Resource { get; init; } = "";
    public string Subresource { get; init; } = "";
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";

    /// <summary>Which fields a list or watch is limited to; empty when to none.</summary>
    public IReadOnlyList<FieldRequirement> Fields { get; init; } = [];

    /// <summary>What a request for a path that is no resource asks.</summary>
    public static AccessRequest ForPath(UserInfo user, string method, string path) =>
        new(user, method is "GET" or "HEAD" ? "get" : method.ToLowerInvariant()) { NonResourcePath = path };

    /// <summary>What a request for a resource asks.</summary>
    public static AccessRequest ForResource(UserInfo user, string verb, RequestPath path, Query query)
    {
        var fields = verb is "list" or "watch" or "deletecollection" && query["fieldSelector"] is { Length: > 0 } selector ? ParseFields(selector) : [];
        return new AccessRequest(user, verb)
        {
            Group = path.Group,
            Resource = path.Plural,
            Subresource = path.Subresource,
            // A namespace lies within itself: roles of it may be about it.
            Namespace = path is { Group: "", Plural: "namespaces" } ? path.Name : path.Namespace,
            // A list of one object by its name is as good as getting it.
            Name = path.Name.Length > 0 || fields.Count == 0 ? path.Name : NameAmong(fields),
            Fields = fields,
        };
    }

    /// <summary>Resource and subresource as rules write them: <c>pods</c> or <c>pods/log</c>.</summary>
    public string ResourceText => Subresource.Length == 0 ? Resource : $"{Resource}/{Subresource}";

    /// <summary>Whether the objects asked for are limited to those with this value in a field.</summary>
    public bool IsLimitedTo(string field, string value)
    {
        foreach (var requirement in Fields)
            if (requirement.IsEqual && requirement.Path == field && requirement.Value == value) return true;
        return false;
    }

    /// <summary>Why the request is refused, in the words of Kubernetes.</summary>
    /// <param name="reason">What the authorizers said; may be empty.</param>
    public string Refusal(string reason = "")
    {
        var tail = reason.Length == 0 ? "" : $": {reason}";
        if (NonResourcePath is not null) return $"forbidden: User \"{User.Name}\" cannot {Verb} path \"{NonResourcePath}\"{tail}";
        var what = Group.Length == 0 ? Resource : $"{Resource}.{Group}";
        if (Name.Length > 0) what += $" \"{Name}\"";
        var where = Namespace.Length > 0 ? $" in the namespace \"{Namespace}\"" : " at the cluster scope";
        return $"{what} is forbidden: User \"{User.Name}\" cannot {Verb} resource \"{ResourceText}\" in API group \"{Group}\"{where}{tail}";
    }

    private static string NameAmong(IReadOnlyList<FieldRequirement> fields)
    {
        foreach (var field in fields)
            if (field is { IsEqual: true, Path: "metadata.name" }) return field.Value;
        return "";
    }

    private static IReadOnlyList<FieldRequirement> ParseFields(string selector)
    {
        try
        {
            return FieldSelector.Parse(selector).Requirements;
        }
        catch (ApiException)
        {
            return [];   // refused in its place, once it is known that the user may ask at all
        }
    }
}
