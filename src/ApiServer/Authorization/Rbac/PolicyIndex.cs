using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Authorization.Rbac;

/// <summary>Keeps the <see cref="PolicySnapshot"/> in step with the caches of roles and bindings, one change at a time.</summary>
internal sealed class PolicyIndex
{
    public const string Group = "rbac.authorization.k8s.io";

    private readonly Lock _gate = new();
    private volatile PolicySnapshot _current = PolicySnapshot.Empty;

    public PolicyIndex(CacheFeed feed)
    {
        foreach (var (plural, isBinding) in (ReadOnlySpan<(string, bool)>)[("roles", false), ("clusterroles", false), ("rolebindings", true), ("clusterrolebindings", true)])
            feed.For(ServedResource.PrefixOf(Group, plural)).Observer = new Observer(this, isBinding, IsNamespaced: !plural.StartsWith("cluster", StringComparison.Ordinal));
    }

    /// <summary>The roles and bindings as far as the caches have come.</summary>
    public PolicySnapshot Current => _current;

    private void Change(Func<PolicySnapshot, PolicySnapshot> change)
    {
        lock (_gate) _current = change(_current);
    }

    private sealed record Observer(PolicyIndex Index, bool IsBinding, bool IsNamespaced) : ICacheObserver
    {
        public void Reset(IReadOnlyList<CachedObject> objects) => Index.Change(policy =>
        {
            policy = IsBinding ? policy.WithoutBindings(IsNamespaced) : policy.WithoutRoles(IsNamespaced);
            foreach (var item in objects) policy = With(policy, item, (JsonObject)JsonNode.Parse(item.Bytes.Json.Span, documentOptions: Nesting.Document)!);
            return policy;
        });

        public void Apply(in CacheEvent change)
        {
            var item = change.Current ?? change.Previous!;
            var document = change.Current is { } current ? (JsonObject)JsonNode.Parse(current.Bytes.Json.Span, documentOptions: Nesting.Document)! : null;
            Index.Change(policy => With(policy, item, document));
        }

        private PolicySnapshot With(PolicySnapshot policy, CachedObject item, JsonObject? document)
        {
            var (ns, name) = (item.Namespace.ToString(), item.Name.ToString());
            return IsBinding
                ? policy.With(ns, name, document is null ? null : RoleBinding.Read(ns, name, document))
                : policy.With(new RoleKey(ns, name), document is null ? null : PolicyRule.ReadAll(document));
        }
    }
}
