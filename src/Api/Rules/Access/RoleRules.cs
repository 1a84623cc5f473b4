namespace Slipway.Api.Rules.Access;

/// <summary>Role and ClusterRole (rbac.authorization.k8s.io/v1).</summary>
/// <param name="namespaced">Whether it is a Role.</param>
internal sealed class RoleRules(bool namespaced) : KindRules
{
    public override bool IsNamespaced => namespaced;

    protected override string? NameError(string name) => Names.PathSegmentError(name);
}
