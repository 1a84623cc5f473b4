using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Access;

/// <summary>RoleBinding and ClusterRoleBinding (rbac.authorization.k8s.io/v1).</summary>
/// <param name="namespaced">Whether it is a RoleBinding.</param>
internal sealed class RoleBindingRules(bool namespaced) : KindRules
{
    private const string Group = "rbac.authorization.k8s.io";

    public override bool IsNamespaced => namespaced;

    protected override string? NameError(string name) => Names.PathSegmentError(name);

    public override void Default(JsonObject document)
    {
        SetDefault(document.ObjectOrNew("roleRef"), "apiGroup", Group);
        foreach (var subject in document.Objects("subjects"))
            if (subject.Text("kind") is "User" or "Group") SetDefault(subject, "apiGroup", Group);
    }
}
