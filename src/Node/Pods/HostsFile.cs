using System.Text;
using k8s.Models;

namespace Slipway.Node.Pods;

/// <summary>The <c>/etc/hosts</c> of a pod.</summary>
internal static class HostsFile
{
    // As the kubelet begins it: programs and people know it by its first line.
    private const string Own = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
        + "fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n";

    public static string Of(V1Pod pod, IReadOnlyList<string> addresses, string hostsOfNode, string clusterDomain)
    {
        var text = new StringBuilder();
        if (pod.UsesHostNetwork)
        {
            text.Append("# Kubernetes-managed hosts file (host network).\n").Append(hostsOfNode);
        }
        else
        {
            text.Append(Own);
            foreach (var address in addresses)
                text.Append(PodNames.FullName(pod, clusterDomain) is { } full && full != pod.Hostname ? $"{address}\t{full}\t{pod.Hostname}\n" : $"{address}\t{pod.Hostname}\n");
        }
        if (pod.Spec.HostAliases is { Count: > 0 })
            text.Append("\n# Entries added by HostAliases.\n");
        foreach (var alias in pod.Spec.HostAliases ?? [])
            text.Append($"{alias.Ip}\t{string.Join('\t', alias.Hostnames ?? [])}\n");
        return text.ToString();
    }
}
