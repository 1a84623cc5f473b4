using System.Net;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Services;

/// <summary>
/// Gives a service its addresses and ports: a pure function of what it asks for and what others hold, so that a restart forgets
/// nothing and a deletion frees at once.
/// </summary>
internal sealed class ServiceAllocation(ServiceOptions options, Random random)
{
    private readonly AddressRange[] _ranges = [.. options.Addresses.Select(a => new AddressRange(a))];

    /// <summary>Completes a service, which is changed.</summary>
    /// <param name="service">The service, with its defaults.</param>
    /// <param name="held">What other services hold.</param>
    /// <param name="kept">Addresses that the service has: it keeps them, whatever became of their range.</param>
    /// <param name="further">Ranges that addresses are given of besides those of the options, when these are full.</param>
    /// <returns>What is wrong with what it asks for, with paths.</returns>
    public IReadOnlyList<StatusCause> Give(JsonObject service, ServiceHoldings held, IReadOnlyCollection<string>? kept = null, params IReadOnlyList<IPNetwork> further)
    {
        var causes = new List<StatusCause>();
        var spec = service.ObjectOrNew("spec");
        var type = spec.Text("type") ?? "ClusterIP";
        if (type != "ExternalName") GiveAddresses(spec, held, kept ?? [], further, causes);
        if (type == "NodePort" || (type == "LoadBalancer" && spec.Boolean("allocateLoadBalancerNodePorts") != false)) GivePorts(spec, held, causes);
        if (type == "LoadBalancer" && spec.Text("externalTrafficPolicy") == "Local") GiveHealthPort(spec, held, causes);
        return causes;
    }

    private void GiveAddresses(JsonObject spec, ServiceHoldings held, IReadOnlyCollection<string> kept, IReadOnlyList<IPNetwork> further, List<StatusCause> causes)
    {
        var (asked, single) = (spec.Array("clusterIPs")?.Select(a => a.AsText() ?? "").ToArray() ?? [], spec.Text("clusterIP") ?? "");
        if (asked.Length > 0 && asked[0] != single) return; // the two fields do not agree, which validation tells
        if (single == "None")
        {
            spec["clusterIPs"] = new JsonArray("None");
            return;
        }
        if (asked.Length == 0 && single.Length > 0) asked = [single];
        var families = Families(spec, causes);
        if (causes.Count > 0) return;

        var given = new JsonArray();
        for (var i = 0; i < families.Count; i++)
        {
            AddressRange[] ranges = [.. _ranges.Concat(further.Where(network => !options.Addresses.Contains(network)).Select(network => new AddressRange(network))).Where(r => r.Family == families[i])];
            if (!Array.Exists(_ranges, r => r.Family == families[i]))
            {
                causes.Add(StatusCause.Invalid($"spec.ipFamilies[{i}]", $"\"{families[i]}\"", "not configured on this cluster"));
                return;
            }
            if (i < asked.Length && asked[i].Length > 0)
            {
                if (!kept.Contains(asked[i]) && Refusal(asked[i], ranges, held) is { } why)
                    causes.Add(StatusCause.Invalid("spec.clusterIPs", $"[]string{{{string.Join(", ", asked.Select(a => $"\"{a}\""))}}}", $"failed to allocate IP {asked[i]}: {why}"));
                given.Add((JsonNode)asked[i]);
            }
            else if (ranges.Select(range => range.Take(held.Addresses, random)).FirstOrDefault(address => address is not null) is { } free)
            {
                given.Add((JsonNode)free.ToString());
            }
            else
            {
                causes.Add(StatusCause.Invalid("spec.clusterIPs", "[]string{}", "failed to allocate a serviceIP: range is full"));
            }
        }
        if (causes.Count > 0) return;
        spec["clusterIP"] = given[0]!.DeepClone();
        spec["clusterIPs"] = given;
    }

    // A cluster with ranges of both families gives both to who prefers that.
    private List<string> Families(JsonObject spec, List<StatusCause> causes)
    {
        var policy = spec.Text("ipFamilyPolicy") ?? "SingleStack";
        if (policy == "RequireDualStack" && _ranges.Length < 2)
            causes.Add(StatusCause.Invalid("spec.ipFamilyPolicy", $"\"{policy}\"", "this cluster is not configured for dual-stack services"));
        var families = spec.Array("ipFamilies")?.Select(f => f.AsText() ?? "").ToList() ?? [];
        if (families.Count == 0 && _ranges.Length > 0) families.Add(_ranges[0].Family);
        if (policy is "PreferDualStack" or "RequireDualStack" && families.Count == 1)
            families.AddRange(_ranges.Select(r => r.Family).Where(f => f != families[0]));
        if (policy == "PreferDualStack") families.RemoveAll(f => families.Count > 1 && !Array.Exists(_ranges, r => r.Family == f));
        spec["ipFamilyPolicy"] = policy;
        spec["ipFamilies"] = new JsonArray([.. families.Select(f => (JsonNode)f)]);
        return families;
    }

    private static string? Refusal(string text, IReadOnlyList<AddressRange> ranges, ServiceHoldings held)
    {
        if (!IPAddress.TryParse(text, out var address)) return "not a valid IP";
        if (!ranges.Any(range => range.Contains(address)))
            return $"the provided IP ({text}) is not in the valid range. The range of valid IPs is {string.Join(", ", ranges.Select(range => range.Network))}";
        return held.Addresses.Contains(address) ? "provided IP is already allocated" : null;
    }

    private void GivePorts(JsonObject spec, ServiceHoldings held, List<StatusCause> causes)
    {
        var taken = new HashSet<int>(held.Ports);
        var own = new HashSet<(long Port, string? Protocol)>();
        var index = 0;
        foreach (var port in spec.Objects("ports"))
        {
            var at = $"spec.ports[{index++}].nodePort";
            if (port.Integer("nodePort") is not > 0 and var nothing and (null or 0)) continue;
            var asked = port.Integer("nodePort")!.Value;
            // Ports of one service may share a number if their protocols differ.
            if (!own.Add((asked, port.Text("protocol")))) continue;
            if (asked < options.FirstNodePort || asked > options.LastNodePort)
                causes.Add(StatusCause.Invalid(at, $"{asked}", $"provided port is not in the valid range. The range of valid ports is {options.FirstNodePort}-{options.LastNodePort}"));
            else if (held.Ports.Contains((int)asked)) causes.Add(StatusCause.Invalid(at, $"{asked}", "provided port is already allocated"));
            taken.Add((int)asked);
        }
        foreach (var port in spec.Objects("ports"))
        {
            if (port.Integer("nodePort") is > 0) continue;
            // The same port of another protocol is reached by the same number.
            var twin = spec.Objects("ports").FirstOrDefault(p => p.Integer("nodePort") is > 0 && p.Integer("port") == port.Integer("port") && p.Text("protocol") != port.Text("protocol"));
            if ((twin?.Integer("nodePort") ?? FreePort(taken)) is not { } free)
            {
                causes.Add(StatusCause.Invalid("spec.ports", "[]", "failed to allocate a nodePort: range is full"));
                return;
            }
            port["nodePort"] = free;
            taken.Add((int)free);
        }
    }

    private void GiveHealthPort(JsonObject spec, ServiceHoldings held, List<StatusCause> causes)
    {
        const string at = "spec.healthCheckNodePort";
        var own = spec.Objects("ports").Select(p => (int)(p.Integer("nodePort") ?? 0));
        if (spec.Integer("healthCheckNodePort") is > 0 and var asked)
        {
            if (asked < options.FirstNodePort || asked > options.LastNodePort)
                causes.Add(StatusCause.Invalid(at, $"{asked}", $"provided port is not in the valid range. The range of valid ports is {options.FirstNodePort}-{options.LastNodePort}"));
            else if (held.Ports.Contains((int)asked)) causes.Add(StatusCause.Invalid(at, $"{asked}", "provided port is already allocated"));
        }
        else if (FreePort([.. held.Ports, .. own]) is { } free)
        {
            spec["healthCheckNodePort"] = free;
        }
        else
        {
            causes.Add(StatusCause.Invalid(at, "0", "failed to allocate a nodePort: range is full"));
        }
    }

    private long? FreePort(HashSet<int> taken)
    {
        var size = options.LastNodePort - options.FirstNodePort + 1;
        return Places.Free(size, Places.Reserved(size, 16, 128), place => taken.Contains(options.FirstNodePort + place), random) is { } place
            ? options.FirstNodePort + place
            : null;
    }
}
