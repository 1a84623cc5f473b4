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

    /// <summary>The cluster's DNS; null when there is none.</summary>
    public ClusterDns? Cluster { get; init; }

    /// <summary>
    /// What a pod gets by its <c>dnsPolicy</c> and <c>dnsConfig</c>
    /// (<see href="https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy"/>).
    /// </summary>
    public DNSConfig For(V1Pod pod)
    {
        var inherited = (pod.Spec.DnsPolicy, Cluster, pod.UsesHostNetwork) switch
        {
            ("None", _, _) => new([], [], []),
            ("Default", _, _) or (_, null, _) or (null or "" or "ClusterFirst", _, true) => this,
            (_, { } cluster, _) => new([cluster.Address], [.. cluster.Searches(pod.Key.Namespace), .. Searches], ["ndots:5"]),
        };
        var own = pod.Spec.DnsConfig;
        var config = new DNSConfig();
        // As many as resolvers take (resolv.conf(5)).
        config.Servers.AddRange(inherited.Servers.Concat(own?.Nameservers ?? []).Distinct().Take(3));
        config.Searches.AddRange(inherited.Searches.Concat(own?.Searches ?? []).Distinct().Take(32));
        // An option of the pod replaces one of its name.
        var options = new OrderedDictionary<string, string>();
        foreach (var option in inherited.Options.Concat((own?.Options ?? []).Select(o => o.Value is null ? o.Name : $"{o.Name}:{o.Value}")))
            options[option.Split(':')[0]] = option;
        config.Options.AddRange(options.Values);
        return config;
    }
}

/// <summary>The cluster's DNS, as pods reach it.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Domain">Domain of the cluster's names.</param>
internal sealed record ClusterDns(string Address, string Domain)
{
    /// <summary>The domains in which a pod's short names are looked up.</summary>
    public IEnumerable<string> Searches(string ns) => [$"{ns}.svc.{Domain}", $"svc.{Domain}", Domain];
}
