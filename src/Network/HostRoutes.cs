using System.Text.Json.Nodes;

namespace Slipway.Network;

/// <summary>The IPv4 blocks that the host already has a use for.</summary>
public static class HostRoutes
{
    /// <summary>Reads the routes of all tables and the name servers of the host.</summary>
    public static async Task<IReadOnlyList<Ipv4Range>> ReadAsync(CancellationToken cancellation)
    {
        var routes = await ExternalProgram.RunAsync("ip", ["-4", "-json", "route", "show", "table", "all"], null, cancellation);
        var resolvers = File.Exists("/etc/resolv.conf") ? await File.ReadAllTextAsync("/etc/resolv.conf", cancellation) : "";
        return [.. FromRoutes(routes.OrThrow("list the routes of the host")), .. FromResolvers(resolvers)];
    }

    /// <summary>The destinations in the JSON of <c>ip -json route</c>, default routes aside.</summary>
    internal static IEnumerable<Ipv4Range> FromRoutes(string json)
    {
        if (string.IsNullOrWhiteSpace(json)) yield break;
        foreach (var route in JsonNode.Parse(json)!.AsArray())
        {
            if ((string?)route!["dst"] is { } destination && Ipv4Range.TryParse(destination, out var range) && range.PrefixLength > 0)
                yield return range;
        }
    }

    /// <summary>The name servers in <c>resolv.conf</c>: often reached by the default route alone, so no other route shows them.</summary>
    internal static IEnumerable<Ipv4Range> FromResolvers(string resolvConf)
    {
        foreach (var line in resolvConf.Split('\n'))
        {
            if (line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is ["nameserver", var server, ..] && Ipv4Range.TryParse(server, out var range))
                yield return range;
        }
    }
}
