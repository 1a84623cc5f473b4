using System.Text.Json.Nodes;

namespace Slipway.Network;

/// <summary>
/// Forward chains of others (Docker's, ufw's) that drop what they do not know. Every base chain of a hook has a veto,
/// so an accept in Slipway's own table would not help: each such chain gets two commented rules, one for each direction
/// through the cluster's bridge, and they are removed again.
/// </summary>
internal static class ForeignForwardChains
{
    /// <summary>A base chain at the forward hook.</summary>
    public readonly record struct Chain(string Family, string Table, string Name, bool DropsByPolicy);

    /// <summary>The forward chains of others in the JSON of <c>nft --json list chains</c>.</summary>
    public static IEnumerable<Chain> FromChains(string json)
    {
        foreach (var entry in Entries(json))
        {
            if (entry["chain"] is JsonObject chain
                && (string?)chain["hook"] == "forward" && (string?)chain["type"] == "filter"
                && (string?)chain["family"] is "ip" or "inet"
                && (string?)chain["table"] is { } table && !table.StartsWith("slipway-", StringComparison.Ordinal))
            {
                yield return new((string)chain["family"]!, table, (string)chain["name"]!, (string?)chain["policy"] == "drop");
            }
        }
    }

    /// <summary>What has to be inserted into a chain; empty if it drops nothing or already has the rules.</summary>
    public static string Insert(Chain chain, string chainJson, ClusterNetwork network)
    {
        if (!chain.DropsByPolicy && !EndsInDrop(chainJson)) return "";
        if (Handles(chainJson, network).Count() >= 2) return "";
        var place = $"{chain.Family} {chain.Table} {chain.Name}";
        return Delete(chain, chainJson, network) +
            $"""
            insert rule {place} iifname "{network.Bridge}" accept comment "{network.Table}"
            insert rule {place} oifname "{network.Bridge}" accept comment "{network.Table}"

            """;
    }

    /// <summary>The commands that remove the cluster's rules from a chain; empty if there are none.</summary>
    public static string Delete(Chain chain, string chainJson, ClusterNetwork network) =>
        string.Concat(Handles(chainJson, network).Select(handle => $"delete rule {chain.Family} {chain.Table} {chain.Name} handle {handle}\n"));

    private static IEnumerable<long> Handles(string chainJson, ClusterNetwork network) =>
        from entry in Entries(chainJson)
        let rule = entry["rule"] as JsonObject
        where rule is not null && (string?)rule["comment"] == network.Table
        select (long)rule["handle"]!;

    // firewalld accepts by policy and rejects by an unconditional last rule.
    private static bool EndsInDrop(string chainJson)
    {
        var last = Entries(chainJson).Select(entry => entry["rule"] as JsonObject).LastOrDefault(rule => rule is not null);
        return last?["expr"] is JsonArray expressions
            && expressions.All(expression => expression is JsonObject e && e.Select(p => p.Key).All(key => key is "counter" or "drop" or "reject" or "log"))
            && expressions.Any(expression => expression is JsonObject e && (e.ContainsKey("drop") || e.ContainsKey("reject")));
    }

    private static IEnumerable<JsonObject> Entries(string json) =>
        JsonNode.Parse(json)?["nftables"] is JsonArray entries ? entries.OfType<JsonObject>() : [];
}
