using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Network;

/// <summary>An entry of a set, or with a value of a map, of the cluster's table.</summary>
internal readonly record struct NftElement(string Map, string Key, string Value)
{
    public override string ToString() => Value.Length == 0 ? Key : $"{Key} : {Value}";
}

/// <summary>A chain or set beside those that the table always has: its name, and its rules or definition.</summary>
internal readonly record struct NftObject(string Name, string Text);

/// <summary>Entries, chains and sets of the cluster's table.</summary>
internal sealed class NftRules
{
    public List<NftElement> Elements { get; } = [];
    public List<NftObject> Chains { get; } = [];
    public List<NftObject> Sets { get; } = [];
}

/// <summary>
/// What a frontend is in the cluster's table. Nearly always that is entries of maps alone: <c>services</c> says of how many
/// ends one is chosen, and <c>endpoints</c> which end has which number. Clients that stay with one end, and bounds on who may
/// connect, take chains and sets of their own.
/// </summary>
internal static class FrontendRules
{
    /// <summary>The entries, chains and sets of a frontend.</summary>
    public static NftRules Of(Frontend frontend, Backends backends)
    {
        var rules = new NftRules();
        var prefix = frontend.IsOfNode ? "node_" : "";
        var key = Key(frontend);
        if (backends.Ends.Count == 0)
        {
            rules.Elements.Add(new($"{prefix}refused", key, backends.OnOtherNodes ? "goto discard" : "goto refuse"));
            return rules;
        }
        foreach (var end in backends.FromOutside ? [] : backends.Ends)
            rules.Elements.Add(new("hairpins", $"{end.Address} . {end.Address}", ""));
        var choose = backends.AffinitySeconds is { } seconds ? Stay(rules, frontend, backends, seconds) : Pick(rules, frontend, backends, prefix, key);
        if (backends.Sources.Count > 0)
        {
            var guard = $"guard-{Hash($"{frontend}")}";
            rules.Chains.Add(new(guard, $"{string.Concat(backends.Sources.Select(source => $"ip saddr {source} goto {choose}\n"))}drop"));
            choose = guard;
        }
        rules.Elements.Add(new($"{prefix}services", key, $"goto {choose}"));
        return rules;
    }

    /// <summary>The chain that chooses among a number of ends, shared by all frontends with as many.</summary>
    public static NftObject Picker(bool ofNode, int count, bool fromOutside)
    {
        var mark = fromOutside ? $"meta mark set meta mark | {NftTable.OutsideMark}\n" : "";
        // The priority of a connection's first packet holds the number that was drawn: a key of a map cannot draw it itself.
        var draw = count == 1 ? "meta priority set 0" : string.Create(CultureInfo.InvariantCulture, $"meta priority set numgen random mod {count}");
        var end = ofNode ? "dnat ip to meta l4proto . th dport . meta priority map @node_endpoints" : "dnat ip to ip daddr . meta l4proto . th dport . meta priority map @endpoints";
        return new(PickerName(ofNode, count, fromOutside), $"{mark}{draw}\n{end}");
    }

    private static string PickerName(bool ofNode, int count, bool fromOutside) =>
        string.Create(CultureInfo.InvariantCulture, $"{(ofNode ? "node-" : "")}pick-{count}{(fromOutside ? "-outside" : "")}");

    private static string Key(Frontend frontend) => frontend.IsOfNode
        ? string.Create(CultureInfo.InvariantCulture, $"{frontend.Protocol} . {frontend.Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{frontend.Address} . {frontend.Protocol} . {frontend.Port}");

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 6));

    private static string Pick(NftRules rules, Frontend frontend, Backends backends, string prefix, string key)
    {
        for (var i = 0; i < backends.Ends.Count; i++)
            rules.Elements.Add(new($"{prefix}endpoints", string.Create(CultureInfo.InvariantCulture, $"{key} . {i}"), string.Create(CultureInfo.InvariantCulture, $"{backends.Ends[i].Address} . {backends.Ends[i].Port}")));
        return PickerName(frontend.IsOfNode, backends.Ends.Count, backends.FromOutside);
    }

    // Each end remembers its clients in a set; a client that none remembers gets any.
    private static string Stay(NftRules rules, Frontend frontend, Backends backends, int seconds)
    {
        var id = Hash(string.Create(CultureInfo.InvariantCulture, $"{frontend} {seconds}"));
        var (known, drawn) = (new StringBuilder(), new StringBuilder());
        for (var i = 0; i < backends.Ends.Count; i++)
        {
            var end = backends.Ends[i];
            var name = $"stay-{id}-{Hash($"{end}")}";
            rules.Sets.Add(new(name, string.Create(CultureInfo.InvariantCulture, $"type ipv4_addr; flags dynamic,timeout; timeout {seconds}s;")));
            rules.Chains.Add(new(name, string.Create(CultureInfo.InvariantCulture, $"update @{name} {{ ip saddr }}\nmeta l4proto {frontend.Protocol} dnat to {end.Address}:{end.Port}")));
            known.Append(CultureInfo.InvariantCulture, $"ip saddr @{name} goto {name}\n");
            drawn.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ", ")}{i} : goto {name}");
        }
        var mark = backends.FromOutside ? $"meta mark set meta mark | {NftTable.OutsideMark}\n" : "";
        rules.Chains.Add(new($"stay-{id}", $"{mark}{known}numgen random mod {backends.Ends.Count} vmap {{ {drawn} }}"));
        return $"stay-{id}";
    }
}
