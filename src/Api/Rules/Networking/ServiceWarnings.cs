using System.Net;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Networking;

/// <summary>What a client is warned of that writes a service: fields that have no effect, addresses that are written oddly.</summary>
internal static class ServiceWarnings
{
    /// <summary>An annotation that another has taken the place of.</summary>
    public const string TopologyHints = "service.kubernetes.io/topology-aware-hints";

    public static IReadOnlyList<string> Of(JsonObject service)
    {
        var warnings = new List<string>();
        var spec = service.Object("spec") ?? [];
        if (service.Annotations?.ContainsKey(TopologyHints) == true) warnings.Add($"annotation {TopologyHints} is deprecated, please use service.kubernetes.io/topology-mode instead");
        if (spec.Text("clusterIP") is { Length: > 0 } and not "None") Each(spec.Array("clusterIPs"), "spec.clusterIPs", Address, warnings);
        if (ServiceNeeds.IsHeadless(spec))
        {
            if (!string.IsNullOrEmpty(spec.Text("loadBalancerIP"))) warnings.Add("spec.loadBalancerIP is ignored for headless services");
            if (spec.Array("externalIPs") is { Count: > 0 }) warnings.Add("spec.externalIPs is ignored for headless services");
            // "None" is what every service has by default.
            if (spec.Text("sessionAffinity") is { } affinity and not "None") warnings.Add("spec.SessionAffinity is ignored for headless services");
        }
        Each(spec.Array("externalIPs"), "spec.externalIPs", Address, warnings);
        if (spec.Text("loadBalancerIP") is { Length: > 0 } balancer && Address("spec.loadBalancerIP", balancer) is { } odd) warnings.Add(odd);
        Each(spec.Array("loadBalancerSourceRanges"), "spec.loadBalancerSourceRanges", Block, warnings);
        if (spec.Text("type") == "ExternalName" && spec.Array("externalIPs") is { Count: > 0 }) warnings.Add("spec.externalIPs is ignored when spec.type is \"ExternalName\"");
        if (spec.Text("type") != "ExternalName" && !string.IsNullOrEmpty(spec.Text("externalName"))) warnings.Add("spec.externalName is ignored when spec.type is not \"ExternalName\"");
        return warnings;
    }

    private static void Each(JsonArray? texts, string path, Func<string, string, string?> warning, List<string> warnings)
    {
        for (var i = 0; i < (texts?.Count ?? 0); i++)
            if (texts![i].AsText() is { } text && warning($"{path}[{i}]", text) is { } found) warnings.Add(found);
    }

    private static string? Address(string path, string text)
    {
        if (ParseAddress(text) is not { } address) return null;
        if (address.IsIPv4MappedToIPv6) return $"{path}: non-standard IP address {Quote(text)} is invalid: use {Quote(address.MapToIPv4().ToString())}";
        return text.Contains(':') && address.ToString() != text ? $"{path}: IPv6 address {Quote(text)} should be in RFC 5952 canonical format ({Quote(address.ToString())})" : null;
    }

    private static string? Block(string path, string text)
    {
        if (ParseBlock(text) is not { } block || IPAddress.Parse(text[..text.IndexOf('/')]) is not { } address) return null;
        if (!address.Equals(block.BaseAddress))
            return $"{path}: CIDR value {Quote(text)} is ambiguous in this context (should be {Quote(block.ToString())} or {Quote($"{address}/{address.GetAddressBytes().Length * 8}")}?)";
        return text.Contains(':') && block.ToString() != text ? $"{path}: IPv6 CIDR value {Quote(text)} should be in RFC 5952 canonical format ({Quote(block.ToString())})" : null;
    }
}
