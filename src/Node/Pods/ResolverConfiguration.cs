using System.Net;
using k8s.Models;
using Slipway.Node.Cri;

namespace Slipway.Node.Pods;

/// <summary>The name servers, search domains and options that pods get (resolv.conf(5)).</summary>
internal sealed record ResolverConfiguration(IReadOnlyList<string> Servers, IReadOnlyList<string> Searches, IReadOnlyList<string> Options)
{
    /// <summary>
    /// Reads the host's. Loopback servers are left out: they are the host's own (systemd-resolved, dnsmasq), out of reach
    /// for pods; where only such are listed, systemd-resolved's list of its upstreams is taken.
    /// </summary>
    public static ResolverConfiguration OfHost(string file)
    {
        var host = File.Exists(file) ? Parse(File.ReadAllText(file)) : new([], [], []);
        const string Upstreams = "/run/systemd/resolve/resolv.conf";
        return host.Servers.Count == 0 && File.Exists(Upstreams) ? Parse(File.ReadAllText(Upstreams)) : host;
    }

    public static ResolverConfiguration Parse(string text)
    {
        List<string> servers = [], searches = [], options = [];
        foreach (var line in text.Split('\n'))
        {
            var fields = line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            switch (fields)
            {
                case ["nameserver", var server, ..] when IPAddress.TryParse(server.Split('%')[0], out var address) && !IPAddress.IsLoopback(address):
                    servers.Add(server);
                    break;
                case ["search" or "domain", .. var domains]:
                    searches = [.. domains];
                    break;
                case ["options", .. var given]:
                    options.AddRange(given);
                    break;
            }
        }
        return new(servers, searches, options);
    }

    public DNSConfig For(V1Pod pod)
    {
        var own = pod.Spec.DnsConfig;
        var inherit = pod.Spec.DnsPolicy != "None";
        var config = new DNSConfig();
        config.Servers.AddRange((inherit ? Servers : []).Concat(own?.Nameservers ?? []).Distinct());
        config.Searches.AddRange((inherit ? Searches : []).Concat(own?.Searches ?? []).Distinct());
        config.Options.AddRange((inherit ? Options : []).Concat((own?.Options ?? []).Select(o => o.Value is null ? o.Name : $"{o.Name}:{o.Value}")).Distinct());
        return config;
    }
}
