using k8s.Models;
using Slipway.Node.Cri;

namespace Slipway.Node.Pods;

/// <summary>What the runtime is told about a pod's sandbox.</summary>
internal static class SandboxSetup
{
    public const string NameLabel = "io.kubernetes.pod.name";
    public const string NamespaceLabel = "io.kubernetes.pod.namespace";
    public const string UidLabel = "io.kubernetes.pod.uid";
    public const string ContainerLabel = "io.kubernetes.container.name";

    public static PodSandboxConfig Of(V1Pod pod, uint attempt, NodeOptions options, ResolverConfiguration resolver)
    {
        var ns = pod.Key.Namespace;
        var config = new PodSandboxConfig
        {
            Metadata = new() { Name = pod.Metadata.Name, Namespace = ns, Uid = pod.Metadata.Uid, Attempt = attempt },
            Hostname = pod.UsesHostNetwork ? "" : PodNames.KernelName(pod, options.ClusterDomain),
            LogDirectory = LogDirectory(options.LogsRoot, pod),
            DnsConfig = resolver.For(pod),
            Linux = new()
            {
                CgroupParent = $"{options.CgroupParent}/pod{pod.Metadata.Uid}",
                SecurityContext = SecuritySetup.OfSandbox(pod, options.SeccompRoot),
            },
        };
        foreach (var (key, value) in pod.Metadata.Labels ?? new Dictionary<string, string>())
            config.Labels[key] = value;
        config.Labels[NameLabel] = pod.Metadata.Name;
        config.Labels[NamespaceLabel] = ns;
        config.Labels[UidLabel] = pod.Metadata.Uid;
        foreach (var (key, value) in pod.Metadata.Annotations ?? new Dictionary<string, string>())
            config.Annotations[key] = value;
        foreach (var sysctl in pod.Spec.SecurityContext?.Sysctls ?? [])
            config.Linux.Sysctls[sysctl.Name] = sysctl.Value;
        return config;
    }

    public static string LogDirectory(string logsRoot, V1Pod pod) => Path.Combine(logsRoot, $"{pod.Key.Namespace}_{pod.Metadata.Name}_{pod.Metadata.Uid}");
}
