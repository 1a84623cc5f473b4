using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Pods;

/// <summary>Warnings of ports that containers of a pod define twice.</summary>
internal static class PortWarnings
{
    private sealed record Port(string Path, long HostPort, string HostAddress);

    public static void Collect(JsonObject spec, string path, List<string> warnings)
    {
        Dictionary<string, List<Port>>? all = null;
        foreach (var list in (ReadOnlySpan<string>)["initContainers", "containers"])
        {
            var i = 0;
            foreach (var container in spec.Objects(list))
            {
                var n = 0;
                foreach (var each in container.Objects("ports"))
                {
                    var port = new Port($"{path}.{list}[{i}].ports[{n++}]", each.Integer("hostPort") ?? 0, each.Text("hostIP") ?? "");
                    if (port.HostAddress.Length > 0 && port.HostPort == 0) warnings.Add($"{port.Path}: hostIP set without hostPort: {each.Shown()}");
                    var key = $"{each.Integer("containerPort")}/{each.Text("protocol")}";
                    if ((all ??= new(StringComparer.Ordinal)).TryGetValue(key, out var others)) Compare(port, others, warnings);
                    else all[key] = others = [];
                    others.Add(port);
                }
                i++;
            }
        }
    }

    private static void Compare(Port port, List<Port> others, List<string> warnings)
    {
        foreach (var other in others)
        {
            if (port.HostAddress == other.HostAddress && port.HostPort == other.HostPort) warnings.Add($"{port.Path}: duplicate port definition with {other.Path}");
            else if (port.HostPort == 0 || other.HostPort == 0) warnings.Add($"{port.Path}: overlapping port definition with {other.Path}");
            else if (port.HostPort == other.HostPort && (port.HostAddress.Length == 0) != (other.HostAddress.Length == 0)) warnings.Add($"{port.Path}: dangerously ambiguous port definition with {other.Path}");
        }
    }
}
