using System.Runtime.InteropServices;
using System.Text;
using Slipway.Api;

namespace Slipway.Network;

/// <summary>
/// What of services and policies is in the cluster's table, and the commands that bring it to another state. Each batch of commands is one
/// transaction, and holds nothing of services that have not changed.
/// </summary>
internal sealed class ProxyTable(ClusterNetwork network)
{
    private readonly Dictionary<ObjectKey, Dictionary<Frontend, Backends>> _wanted = [];
    private readonly Dictionary<Frontend, SortedSet<string>> _claims = [];
    private readonly Dictionary<Frontend, Backends> _programmed = [];
    private readonly Dictionary<NftElement, int> _uses = [];
    private readonly HashSet<string> _pickers = [];
    private NftRules _policies = new(), _programmedPolicies = new();

    /// <summary>Number of frontends in the table.</summary>
    public int Count => _programmed.Count;

    /// <summary>Takes note of what a source of frontends (a service, or a pod with host ports) wants; with nothing, that it is gone.</summary>
    /// <returns>The frontends that have to be looked at.</returns>
    public IEnumerable<Frontend> Want(string source, ObjectKey key, IEnumerable<KeyValuePair<Frontend, Backends>> frontends)
    {
        var claim = $"{source} {key}";
        var id = new ObjectKey(source, $"{key}");
        var before = _wanted.GetValueOrDefault(id);
        var now = new Dictionary<Frontend, Backends>();
        foreach (var (frontend, backends) in frontends) now.TryAdd(frontend, backends);
        foreach (var frontend in before?.Keys.Where(frontend => !now.ContainsKey(frontend)) ?? [])
            if (_claims.TryGetValue(frontend, out var claims) && claims.Remove(claim) && claims.Count == 0) _claims.Remove(frontend);
        foreach (var frontend in now.Keys)
        {
            if (!_claims.TryGetValue(frontend, out var claims)) _claims[frontend] = claims = new(StringComparer.Ordinal);
            claims.Add(claim);
        }
        if (now.Count == 0) _wanted.Remove(id);
        else _wanted[id] = now;
        return (before?.Keys ?? Enumerable.Empty<Frontend>()).Union(now.Keys);
    }

    /// <summary>Takes note of the rules of all policies.</summary>
    public void Want(NftRules policies) => _policies = policies;

    /// <summary>The commands that make the table anew, with all that is wanted.</summary>
    public string Everything()
    {
        _programmed.Clear();
        _uses.Clear();
        _pickers.Clear();
        _programmedPolicies = new();
        return NftTable.Create(network) + Changes(_claims.Keys, out _);
    }

    /// <summary>The commands for frontends that may have changed; empty when none has.</summary>
    /// <param name="frontends">The frontends.</param>
    /// <param name="changed">Each that has changed, with what it was.</param>
    public string Changes(IEnumerable<Frontend> frontends, out IReadOnlyList<(Frontend Frontend, Backends? From, Backends? To)> changed)
    {
        var batch = new NftBatch(network.Table);
        var seen = new List<(Frontend, Backends?, Backends?)>();
        foreach (var frontend in frontends)
        {
            var (from, to) = (_programmed.GetValueOrDefault(frontend), Wanted(frontend));
            if (from is null && to is null) continue;
            var (before, after) = (from is null ? new() : FrontendRules.Of(frontend, from), to is null ? new() : FrontendRules.Of(frontend, to));
            if (Replace(batch, before, after) || (from is null) != (to is null)) seen.Add((frontend, from, to));
            if (to is { AffinitySeconds: null, Ends.Count: > 0 } && FrontendRules.Picker(frontend.IsOfNode, to.Ends.Count, to.FromOutside) is var picker && _pickers.Add(picker.Name))
                batch.AddChain(picker);
            if (to is null) _programmed.Remove(frontend);
            else _programmed[frontend] = to;
        }
        if (_programmedPolicies != _policies) Replace(batch, _programmedPolicies, _policies);
        _programmedPolicies = _policies;
        changed = seen;
        return batch.ToString();
    }

    // The first of those who claim it, so that it does not depend on who came first.
    private Backends? Wanted(Frontend frontend)
    {
        if (!_claims.TryGetValue(frontend, out var claims)) return null;
        var (source, key) = claims.Min!.Split(' ', 2) is [var s, var k] ? (s, k) : default;
        return _wanted[new(source, key)][frontend];
    }

    private bool Replace(NftBatch batch, NftRules before, NftRules after)
    {
        var any = false;
        foreach (var element in after.Elements.Distinct().Except(before.Elements))
        {
            any = true;
            if (Use(element, 1) == 1) batch.Add(element);
        }
        foreach (var element in before.Elements.Distinct().Except(after.Elements))
        {
            any = true;
            if (Use(element, -1) == 0) batch.Remove(element);
        }
        foreach (var set in after.Sets.Except(before.Sets)) batch.AddSet(set);
        foreach (var chain in after.Chains.Except(before.Chains)) batch.AddChain(chain);
        foreach (var chain in before.Chains.Where(chain => !after.Chains.Exists(other => other.Name == chain.Name))) batch.RemoveChain(chain.Name);
        foreach (var set in before.Sets.Except(after.Sets)) batch.RemoveSet(set.Name);
        return any || !before.Chains.SequenceEqual(after.Chains);
    }

    // Only the ends of connections are shared by frontends.
    private int Use(NftElement element, int change)
    {
        if (element.Map != "hairpins") return Math.Max(change, 0);
        ref var uses = ref CollectionsMarshal.GetValueRefOrAddDefault(_uses, element, out _);
        uses += change;
        var now = uses;
        if (now == 0) _uses.Remove(element);
        return now;
    }
}

/// <summary>Commands for one table, in an order in which each finds what it refers to.</summary>
internal sealed class NftBatch(string table)
{
    private readonly StringBuilder _objects = new(), _rules = new(), _removals = new(), _setRemovals = new();
    private readonly Dictionary<string, List<NftElement>> _added = [], _removed = [];

    public void Add(NftElement element) => Of(_added, element.Map).Add(element);

    public void Remove(NftElement element) => Of(_removed, element.Map).Add(element);

    public void AddSet(NftObject set) => _objects.Append($"add set ip {table} {set.Name} {{ {set.Text} }}\n");

    public void AddChain(NftObject chain)
    {
        _objects.Append($"add chain ip {table} {chain.Name}\n");
        _rules.Append($"flush chain ip {table} {chain.Name}\n");
        foreach (var rule in chain.Text.Split('\n')) _rules.Append($"add rule ip {table} {chain.Name} {rule}\n");
    }

    public void RemoveChain(string name)
    {
        _rules.Append($"flush chain ip {table} {name}\n");
        _removals.Append($"delete chain ip {table} {name}\n");
    }

    public void RemoveSet(string name) => _setRemovals.Append($"delete set ip {table} {name}\n");

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder().Append(_objects).Append(_rules);
        foreach (var (map, elements) in _removed)
            text.Append($"delete element ip {table} {map} {{ ").AppendJoin(", ", elements.Select(element => element.Key)).Append(" }\n");
        foreach (var (map, elements) in _added)
            text.Append($"add element ip {table} {map} {{ ").AppendJoin(", ", elements).Append(" }\n");
        return text.Append(_removals).Append(_setRemovals).ToString();
    }

    private static List<NftElement> Of(Dictionary<string, List<NftElement>> lists, string map)
    {
        if (!lists.TryGetValue(map, out var list)) lists[map] = list = [];
        return list;
    }
}
