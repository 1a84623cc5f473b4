using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of ports of the host that containers take.</summary>
internal static class HostPortRules
{
    /// <summary>No two containers that run together may take the same port.</summary>
    public static void Conflicts(JsonArray containers, string path, List<StatusCause> causes)
    {
        HashSet<string>? taken = null;
        for (var i = 0; i < containers.Count; i++)
        {
            var n = 0;
            foreach (var port in (containers[i] as JsonObject)?.Objects("ports") ?? [])
            {
                if (port.Integer("hostPort") is { } number and not 0)
                {
                    var key = $"{port.Text("protocol") ?? "TCP"}/{port.Text("hostIP")}/{number}";
                    if (!(taken ??= new(StringComparer.Ordinal)).Add(key)) causes.Add(StatusCause.Duplicate($"{path}[{i}].ports[{n}].hostPort", Quote(key)));
                }
                n++;
            }
        }
    }

    /// <summary>In the network of the host, the ports of containers are those of the host.</summary>
    public static void InHostNetwork(JsonObject spec, bool isPod, string path, List<StatusCause> causes)
    {
        if (spec.Boolean("hostNetwork") != true) return;
        var i = 0;
        foreach (var container in spec.Objects("containers"))
        {
            var n = 0;
            foreach (var port in container.Objects("ports"))
            {
                var host = port.Integer("hostPort") ?? 0;
                if ((isPod || host != 0) && host != port.Integer("containerPort"))
                    causes.Add(StatusCause.Invalid($"{path}.containers[{i}].ports[{n}].hostPort", $"{host}", "must match `containerPort` when `hostNetwork` is true"));
                n++;
            }
            i++;
        }
    }
}
