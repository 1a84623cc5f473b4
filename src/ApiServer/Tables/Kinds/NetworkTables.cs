using System.Text.Json;
using static Slipway.ApiServer.Tables.Column;

namespace Slipway.ApiServer.Tables.Kinds;

/// <summary>Tables of services, their endpoints, ingresses and network policies.</summary>
internal static class NetworkTables
{
    private const string None = "<none>";
    private const string Unset = "<unset>";
    private const int ShownItems = 3;

    public static Dictionary<(string, string), IReadOnlyList<Column>> All { get; } = new()
    {
        [("", "Endpoints")] = [ObjectName, Of("Endpoints", Endpoints) with { Field = "subsets" }, Age],
        [("", "Service")] =
        [
            ObjectName, Text("Type", "spec.type"), Of("Cluster-IP", ClusterIP) with { Field = "spec.clusterIP" },
            Of("External-IP", ExternalIP) with { Field = "spec.externalIPs" }, Of("Port(s)", ServicePorts) with { Field = "spec.ports" }, Age,
            Of("Selector", s => CellTexts.Labels(s.At("spec", "selector"))).Wide with { Field = "spec.selector" },
        ],
        [("discovery.k8s.io", "EndpointSlice")] =
        [
            ObjectName, Text("AddressType", "addressType"),
            Of("Ports", s => CellTexts.Shortened(s.Items("ports").Select(PortOf), ShownItems, Unset)) with { Field = "ports" },
            Of("Endpoints", s => CellTexts.Shortened(s.Items("endpoints").SelectMany(e => e.Items("addresses")).Select(a => a.GetString() ?? ""), ShownItems, Unset))
                with { Field = "endpoints" },
            Age,
        ],
        [("networking.k8s.io", "Ingress")] =
        [
            ObjectName,
            Text("Class", "spec.ingressClassName", None)
                with { Description = "The name of the IngressClass resource that should be used for additional configuration" },
            Of("Hosts", Hosts) with { Description = "Hosts that incoming requests are matched against before the ingress rule" },
            Of("Address", i => CellTexts.Joined(LoadBalancer(i))) with { Description = "Address is a list containing ingress points for the load-balancer" },
            Of("Ports", i => i.Count("spec", "tls") > 0 ? "80, 443" : "80") with { Description = "Ports of TLS configurations that open" },
            Age,
        ],
        [("networking.k8s.io", "IngressClass")] =
        [
            ObjectName, Text("Controller", "spec.controller") with { Description = "Controller that is responsible for handling this class" },
            Of("Parameters", Parameters) with { Description = "A reference to a resource with additional parameters" }, Age,
        ],
        [("networking.k8s.io", "IPAddress")] = [ObjectName, Of("ParentRef", Parent) with { Field = "spec.parentRef" }, Age],
        [("networking.k8s.io", "NetworkPolicy")] =
        [
            ObjectName, Of("Pod-Selector", p => CellTexts.Selector(p.At("spec", "podSelector"))) with { Field = "spec.podSelector" }, Age,
        ],
        [("networking.k8s.io", "ServiceCIDR")] =
        [
            ObjectName, Of("CIDRs", c => CellTexts.Joined(c.Items("spec", "cidrs").Select(r => r.GetString()))) with { Field = "spec.cidrs" }, Age,
        ],
    };

    private static string Endpoints(JsonElement endpoints)
    {
        if (endpoints.Count("subsets") == 0) return None;
        return CellTexts.Shortened(endpoints.Items("subsets").SelectMany(AddressesOf), ShownItems, "");
    }

    private static IEnumerable<string> AddressesOf(JsonElement subset)
    {
        var addresses = subset.Items("addresses").Select(a => a.Text("ip") ?? "");
        if (subset.Count("ports") == 0) return addresses;
        return subset.Items("ports").SelectMany(p => addresses.Select(a => a.Contains(':', StringComparison.Ordinal) ? $"[{a}]:{p.Integer("port")}" : $"{a}:{p.Integer("port")}"));
    }

    private static string PortOf(JsonElement port) => port.Has("port") ? $"{port.Integer("port")}" : port.Text("name") ?? "*";

    private static string ClusterIP(JsonElement service)
    {
        var first = service.Items("spec", "clusterIPs").FirstOrDefault();
        return CellTexts.Or(first.ValueKind == JsonValueKind.String ? first.GetString() : service.Text("spec", "clusterIP"), None);
    }

    private static string ExternalIP(JsonElement service)
    {
        var external = service.Items("spec", "externalIPs").Select(i => i.GetString() ?? "");
        return service.Text("spec", "type") switch
        {
            "ClusterIP" or "NodePort" => CellTexts.Or(CellTexts.Joined(external), None),
            "LoadBalancer" => CellTexts.Or(CellTexts.Joined(LoadBalancer(service).Concat(external)), "<pending>"),
            "ExternalName" => service.Text("spec", "externalName") ?? "",
            _ => "<unknown>",
        };
    }

    private static SortedSet<string> LoadBalancer(JsonElement item) => new(
        item.Items("status", "loadBalancer", "ingress").Select(i => CellTexts.Or(i.Text("ip"), i.Text("hostname") ?? "")).Where(i => i.Length > 0),
        StringComparer.Ordinal);

    private static string ServicePorts(JsonElement service) => CellTexts.Or(CellTexts.Joined(service.Items("spec", "ports").Select(p =>
        p.Integer("nodePort") is > 0 and var node ? $"{p.Integer("port")}:{node}/{p.Text("protocol")}" : $"{p.Integer("port")}/{p.Text("protocol")}")), None);

    private static string Hosts(JsonElement ingress)
    {
        // More rules than are shown count as more hosts, whether or not they name one.
        var rules = ingress.Items("spec", "rules").Select(r => r.Text("host") ?? "").ToArray();
        var hosts = rules.Where(h => h.Length > 0).Take(ShownItems).ToArray();
        if (hosts.Length == 0) return "*";
        var isCut = hosts.Length == ShownItems && rules.Length > Array.IndexOf(rules, hosts[^1]) + 1;
        return isCut ? $"{string.Join(',', hosts)} + {rules.Length - ShownItems} more..." : string.Join(',', hosts);
    }

    private static string Parameters(JsonElement ingressClass)
    {
        if (!ingressClass.Has("spec", "parameters")) return None;
        var parameters = ingressClass.At("spec", "parameters");
        var group = parameters.Text("apiGroup") is { } name ? "." + name : "";
        return $"{parameters.Text("kind")}{group}/{parameters.Text("name")}";
    }

    private static string Parent(JsonElement address)
    {
        if (!address.Has("spec", "parentRef")) return None;
        var parent = address.At("spec", "parentRef");
        var resource = parent.Text("group") is { Length: > 0 } group ? $"{parent.Text("resource")}.{group}" : parent.Text("resource") ?? "";
        var ns = parent.Text("namespace") is { Length: > 0 } name ? "/" + name : "";
        return $"{resource.ToLowerInvariant()}{ns}/{parent.Text("name")}";
    }
}
