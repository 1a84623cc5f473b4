using k8s.Models;

namespace Slipway.Node.Pods;

/// <summary>The names of a pod in its own eyes (https://kubernetes.io/docs/concepts/workloads/pods/pod-hostname/).</summary>
internal static class PodNames
{
    // The kernel's longest.
    private const int Longest = 64;

    /// <summary>The fully qualified name: the one given, or that below the pod's subdomain; null when there is neither.</summary>
    public static string? FullName(V1Pod pod, string clusterDomain) =>
        pod.Spec.HostnameOverride is { Length: > 0 } given ? given
        : pod.Spec.Subdomain is { Length: > 0 } subdomain ? $"{pod.Hostname}.{subdomain}.{pod.Key.Namespace}.svc.{clusterDomain}"
        : null;

    /// <summary>What <c>hostname</c> says in the pod.</summary>
    /// <exception cref="ContainerConfigException">The full name is asked for and too long for the kernel.</exception>
    public static string KernelName(V1Pod pod, string clusterDomain)
    {
        if (pod.Spec.HostnameOverride is { Length: > 0 } given)
            return given;
        if (pod.Spec.SetHostnameAsFQDN != true || FullName(pod, clusterDomain) is not { } full)
            return pod.Hostname;
        return full.Length <= Longest ? full
            : throw new ContainerConfigException($"Failed to construct FQDN from pod hostname and cluster domain, FQDN {full} is too long ({Longest} characters is the max, {full.Length} characters requested)");
    }
}
