namespace Slipway.ApiServer.Authorization;

/// <summary>What is asked to be done, for authorization.</summary>
/// <param name="User">Who asks.</param>
/// <param name="Verb"><c>get</c>, <c>list</c>, <c>watch</c>, <c>create</c>, <c>update</c>, <c>patch</c>, <c>delete</c>, <c>deletecollection</c>.</param>
internal sealed record AccessRequest(UserInfo User, string Verb)
{
    /// <summary>The path, for what is not a resource; null for resources.</summary>
    public string? NonResourcePath { get; init; }

    public string Group { get; init; } = "";
    public string Resource { get; init; } = "";
    public string Subresource { get; init; } = "";
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";

    /// <summary>Resource and subresource as rules write them: <c>pods</c> or <c>pods/log</c>.</summary>
    public string ResourceText => Subresource.Length == 0 ? Resource : $"{Resource}/{Subresource}";

    /// <summary>Why the request is refused, in the words of Kubernetes.</summary>
    public string Refusal()
    {
        if (NonResourcePath is not null) return $"forbidden: User \"{User.Name}\" cannot {Verb} path \"{NonResourcePath}\"";
        var what = Group.Length == 0 ? Resource : $"{Resource}.{Group}";
        if (Name.Length > 0) what += $" \"{Name}\"";
        var where = Namespace.Length > 0 ? $" in the namespace \"{Namespace}\"" : " at the cluster scope";
        return $"{what} is forbidden: User \"{User.Name}\" cannot {Verb} resource \"{ResourceText}\" in API group \"{Group}\"{where}";
    }
}
