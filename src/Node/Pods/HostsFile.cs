using System.Text;
using k8s.Models;

namespace Slipway.Node.Pods;

/// <summary>The <c>/etc/hosts</c> of a pod.</summary>
internal static class HostsFile
{
    public static string Of(V1Pod pod, IReadOnlyList<string> addresses, string hostsOfNode, string clusterDomain)
    {
        var text = new StringBuilder();
        if (pod.UsesHostNetwork)
        {
            text.Append(hostsOfNode);
        }
        else
        {
            text.Append("# Managed by the node.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
            foreach (var address in addresses)
                text.Append(PodNames.FullName(pod, clusterDomain) is { } full && full != pod.Hostname ? $"{address}\t{full}\t{pod.Hostname}\n" : $"{address}\t{pod.Hostname}\n");
        }
        foreach (var alias in pod.Spec.HostAliases ?? [])
            text.Append($"{alias.Ip}\t{string.Join('\t', alias.Hostnames ?? [])}\n");
        return text.ToString();
    }
}
