using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of how a pod finds others: its DNS and its hosts file.</summary>
internal static class PodNetworkRules
{
    private const int MaxNameservers = 3;
    private const int MaxSearches = 32;
    private const int MaxSearchLength = 2048;

    public static void HostAliases(JsonObject spec, string path, List<StatusCause> causes)
    {
        var i = 0;
        foreach (var alias in spec.Objects("hostAliases"))
        {
            var at = $"{path}.hostAliases[{i++}]";
            if (AddressError(alias.Text("ip") ?? "") is { } error) causes.Add(StatusCause.Invalid($"{at}.ip", Quote(alias.Text("ip") ?? ""), error));
            EachGrammar(alias.Array("hostnames"), Names.SubdomainError, $"{at}.hostnames", causes);
        }
    }

    public static void Dns(JsonObject spec, string path, List<StatusCause> causes)
    {
        Supported(spec, "dnsPolicy", ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"], path, causes);
        var at = $"{path}.dnsConfig";
        var config = spec.Object("dnsConfig");
        if (spec.Text("dnsPolicy") == "None")
        {
            if (config is null) causes.Add(StatusCause.Required(at, "must provide `dnsConfig` when `dnsPolicy` is None"));
            else if (config.Array("nameservers") is not { Count: > 0 }) causes.Add(StatusCause.Required($"{at}.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None"));
        }
        if (config is null) return;
        var (servers, searches) = (config.Array("nameservers"), config.Array("searches"));
        if (servers?.Count > MaxNameservers) causes.Add(StatusCause.Invalid($"{at}.nameservers", servers.Shown(), $"must not have more than {MaxNameservers} nameservers"));
        EachGrammar(servers, AddressError, $"{at}.nameservers", causes);
        if (searches?.Count > MaxSearches) causes.Add(StatusCause.Invalid($"{at}.searches", searches.Shown(), $"must not have more than {MaxSearches} search paths"));
        if (string.Join(' ', searches?.Select(s => s.AsText()) ?? []).Length > MaxSearchLength)
            causes.Add(StatusCause.Invalid($"{at}.searches", searches.Shown(), $"must not have more than {MaxSearchLength} characters (including spaces) in the search list"));
        for (var i = 0; i < (searches?.Count ?? 0); i++)
        {
            var search = searches![i].AsText() ?? "";
            if (search == ".") continue;
            search = search.EndsWith('.') ? search[..^1] : search;
            if (Names.LooseSubdomainError(search) is { } error) causes.Add(StatusCause.Invalid($"{at}.searches[{i}]", Quote(search), error));
        }
        var n = 0;
        foreach (var option in config.Objects("options"))
        {
            if (string.IsNullOrEmpty(option.Text("name"))) causes.Add(StatusCause.Required($"{at}.options[{n}]", "must not be empty"));
            n++;
        }
    }
}
