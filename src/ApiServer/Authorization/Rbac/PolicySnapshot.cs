using System.Collections.Immutable;

namespace Slipway.ApiServer.Authorization.Rbac;

/// <summary>All roles and bindings at one moment. Immutable: a change gives another snapshot, which shares what did not change.</summary>
internal sealed class PolicySnapshot
{
    private readonly ImmutableDictionary<RoleKey, PolicyRule[]> _roles;
    private readonly ImmutableDictionary<string, BindingScope> _namespaces;
    private readonly BindingScope _cluster;

    private PolicySnapshot(ImmutableDictionary<RoleKey, PolicyRule[]> roles, BindingScope cluster, ImmutableDictionary<string, BindingScope> namespaces) =>
        (_roles, _cluster, _namespaces) = (roles, cluster, namespaces);

    public static PolicySnapshot Empty { get; } = new(
        ImmutableDictionary<RoleKey, PolicyRule[]>.Empty, BindingScope.Empty, ImmutableDictionary.Create<string, BindingScope>(StringComparer.Ordinal));

    /// <summary>The rules of a role; null if there is no such role.</summary>
    public PolicyRule[]? RulesOf(RoleKey role) => _roles.GetValueOrDefault(role);

    /// <summary>The snapshot with the rules of a role put in, replaced, or with null taken out.</summary>
    public PolicySnapshot With(RoleKey role, PolicyRule[]? rules) =>
        new(rules is null ? _roles.Remove(role) : _roles.SetItem(role, rules), _cluster, _namespaces);

    /// <summary>The snapshot with a binding put in, replaced, or with null taken out.</summary>
    /// <param name="ns">Namespace of the binding; empty for a ClusterRoleBinding.</param>
    /// <param name="name">Its name.</param>
    /// <param name="binding">The binding.</param>
    public PolicySnapshot With(string ns, string name, RoleBinding? binding)
    {
        if (ns.Length == 0) return new(_roles, _cluster.With(name, binding), _namespaces);
        var scope = (_namespaces.TryGetValue(ns, out var known) ? known : BindingScope.Empty).With(name, binding);
        return new(_roles, _cluster, scope.IsEmpty ? _namespaces.Remove(ns) : _namespaces.SetItem(ns, scope));
    }

    /// <summary>The snapshot without Roles or without ClusterRoles.</summary>
    public PolicySnapshot WithoutRoles(bool ofNamespaces) =>
        new(_roles.RemoveRange(_roles.Keys.Where(k => k.Namespace.Length > 0 == ofNamespaces)), _cluster, _namespaces);

    /// <summary>The snapshot without RoleBindings or without ClusterRoleBindings.</summary>
    public PolicySnapshot WithoutBindings(bool ofNamespaces) =>
        ofNamespaces ? new(_roles, _cluster, _namespaces.Clear()) : new(_roles, BindingScope.Empty, _namespaces);

    /// <summary>Whether a binding allows a request.</summary>
    public Decision Decide(AccessRequest request)
    {
        List<string>? missing = null;
        if (Find(_cluster, request, ref missing) is { } grant) return Decision.AllowBy(grant);
        if (request.Namespace.Length > 0 && _namespaces.TryGetValue(request.Namespace, out var scope) && Find(scope, request, ref missing) is { } local)
            return Decision.AllowBy(local);
        return missing is null ? Decision.Refuse() : Decision.Refuse($"RBAC: {Listed(missing)}");
    }

    /// <summary>The rules that apply to a user in a namespace, or with an empty one to the cluster as a whole.</summary>
    public ResolvedRules RulesFor(UserInfo user, string ns)
    {
        var rules = new List<PolicyRule>();
        var missing = new List<string>();
        foreach (var grant in GrantsOf(user, ns))
        {
            if (RulesOf(grant.Role) is { } found) rules.AddRange(found);
            else if (!missing.Contains(grant.Role.NotFound)) missing.Add(grant.Role.NotFound);
        }
        return new(rules, missing.Count == 0 ? "" : Listed(missing));
    }

    // The hot path of every request: nothing is allocated unless a role is missing.
    private Grant? Find(BindingScope scope, AccessRequest request, ref List<string>? missing)
    {
        if (Find(scope.OfUser(request.User.Name), request, ref missing) is { } byName) return byName;
        var groups = request.User.Groups;
        for (var i = 0; i < groups.Count; i++)
            if (Find(scope.OfGroup(groups[i]), request, ref missing) is { } byGroup) return byGroup;
        return null;
    }

    private Grant? Find(ImmutableArray<Grant> grants, AccessRequest request, ref List<string>? missing)
    {
        foreach (var grant in grants)
        {
            if (!_roles.TryGetValue(grant.Role, out var rules))
            {
                missing ??= [];
                if (!missing.Contains(grant.Role.NotFound)) missing.Add(grant.Role.NotFound);
                continue;
            }
            foreach (var rule in rules)
                if (rule.Allows(request)) return grant;
        }
        return null;
    }

    private IEnumerable<Grant> GrantsOf(UserInfo user, string ns)
    {
        foreach (var scope in ns.Length > 0 && _namespaces.TryGetValue(ns, out var local) ? new[] { _cluster, local } : [_cluster])
        {
            foreach (var grant in scope.OfUser(user.Name)) yield return grant;
            foreach (var group in user.Groups)
                foreach (var grant in scope.OfGroup(group)) yield return grant;
        }
    }

    private static string Listed(List<string> texts) => texts.Count == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
}

/// <summary>Rules that apply to somebody, and which roles among them are missing (empty if none).</summary>
internal sealed record ResolvedRules(IReadOnlyList<PolicyRule> Rules, string Missing);
