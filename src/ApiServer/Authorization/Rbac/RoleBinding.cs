using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Authorization.Rbac;

/// <summary>Names a role: a Role of a namespace, or with an empty namespace a ClusterRole.</summary>
internal readonly record struct RoleKey(string Namespace, string Name)
{
    /// <summary>The role as a look-up that fails names it.</summary>
    public string NotFound => $"{(Namespace.Length == 0 ? "clusterrole" : "role")}.rbac.authorization.k8s.io \"{Name}\" not found";
}

/// <summary>Whom a binding gives its role to.</summary>
/// <param name="Kind"><c>User</c>, <c>Group</c> or <c>ServiceAccount</c>.</param>
/// <param name="Namespace">Namespace of a service account.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct Subject(string Kind, string Namespace, string Name)
{
    /// <summary>The subject as it is told in reasons.</summary>
    public override string ToString() => Kind == "ServiceAccount" ? $"{Kind} \"{Name}/{Namespace}\"" : $"{Kind} \"{Name}\"";
}

/// <summary>A RoleBinding, or with an empty namespace a ClusterRoleBinding.</summary>
internal sealed record RoleBinding(string Namespace, string Name, RoleKey Role, IReadOnlyList<Subject> Subjects)
{
    public static RoleBinding Read(string ns, string name, JsonObject document) => new(ns, name, RoleOf(ns, document), SubjectsOf(ns, document));

    /// <summary>The role that a binding of a namespace refers to.</summary>
    public static RoleKey RoleOf(string ns, JsonObject document)
    {
        var role = document.Object("roleRef") ?? [];
        return new(role.Text("kind") == "Role" ? ns : "", role.Text("name") ?? "");
    }

    /// <summary>The subjects; service accounts without a namespace are of the binding's own.</summary>
    public static IReadOnlyList<Subject> SubjectsOf(string ns, JsonObject document) =>
    [
        .. document.Objects("subjects").Select(s => s.Text("kind") is "ServiceAccount"
            ? new Subject("ServiceAccount", s.Text("namespace") is { Length: > 0 } own ? own : ns, s.Text("name") ?? "")
            : new Subject(s.Text("kind") ?? "", "", s.Text("name") ?? "")),
    ];
}

/// <summary>What a binding gives to one of its subjects.</summary>
internal sealed record Grant(RoleBinding Binding, Subject Subject)
{
    public RoleKey Role => Binding.Role;

    /// <summary>The grant as it is told in reasons.</summary>
    public override string ToString()
    {
        var (kind, name) = Binding.Namespace.Length == 0 ? ("ClusterRoleBinding", Binding.Name) : ("RoleBinding", $"{Binding.Name}/{Binding.Namespace}");
        return $"{kind} \"{name}\" of {(Role.Namespace.Length == 0 ? "ClusterRole" : "Role")} \"{Role.Name}\" to {Subject}";
    }
}
