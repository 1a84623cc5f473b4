using System.Collections.Immutable;

namespace Slipway.ApiServer.Authorization.Rbac;

/// <summary>The bindings of one namespace, or of the cluster, by whom they give something to. Immutable.</summary>
internal sealed class BindingScope
{
    private readonly ImmutableDictionary<string, RoleBinding> _bindings;
    private readonly ImmutableDictionary<string, ImmutableArray<Grant>> _users;
    private readonly ImmutableDictionary<string, ImmutableArray<Grant>> _groups;

    private BindingScope(
        ImmutableDictionary<string, RoleBinding> bindings, ImmutableDictionary<string, ImmutableArray<Grant>> users, ImmutableDictionary<string, ImmutableArray<Grant>> groups) =>
        (_bindings, _users, _groups) = (bindings, users, groups);

    public static BindingScope Empty { get; } = new(
        ImmutableDictionary.Create<string, RoleBinding>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, ImmutableArray<Grant>>(StringComparer.Ordinal),
        ImmutableDictionary.Create<string, ImmutableArray<Grant>>(StringComparer.Ordinal));

    public bool IsEmpty => _bindings.IsEmpty;

    /// <summary>What is given to a user by name; users of service accounts are found by their user names.</summary>
    public ImmutableArray<Grant> OfUser(string name) => _users.TryGetValue(name, out var grants) ? grants : [];

    public ImmutableArray<Grant> OfGroup(string name) => _groups.TryGetValue(name, out var grants) ? grants : [];

    /// <summary>The scope with a binding put in, replaced, or with null taken out.</summary>
    public BindingScope With(string name, RoleBinding? binding)
    {
        var (users, groups) = (_users, _groups);
        if (_bindings.TryGetValue(name, out var former))
        {
            foreach (var subject in former.Subjects)
                Change(subject, (grants, key) => grants.TryGetValue(key, out var list) && list.RemoveAll(g => g.Binding == former) is { IsEmpty: false } left ? grants.SetItem(key, left) : grants.Remove(key));
        }
        if (binding is null) return new(_bindings.Remove(name), users, groups);
        foreach (var subject in binding.Subjects)
            Change(subject, (grants, key) => grants.SetItem(key, (grants.TryGetValue(key, out var list) ? list : []).Add(new Grant(binding, subject))));
        return new(_bindings.SetItem(name, binding), users, groups);

        void Change(Subject subject, Func<ImmutableDictionary<string, ImmutableArray<Grant>>, string, ImmutableDictionary<string, ImmutableArray<Grant>>> change)
        {
            switch (subject.Kind)
            {
                case "User": users = change(users, subject.Name); break;
                case "Group": groups = change(groups, subject.Name); break;
                case "ServiceAccount" when subject.Namespace.Length > 0: users = change(users, ServiceAccountUser.NameOf(subject.Namespace, subject.Name)); break;
            }
        }
    }
}
