using System.Globalization;
using k8s.Models;
using Slipway.Api;

namespace Slipway.Node.Pods;

/// <summary>What a pod's spec says, with the defaults of fields that it leaves out.</summary>
internal static class PodSpecs
{
    extension(V1Pod pod)
    {
        public ObjectKey Key => new(pod.Metadata.NamespaceProperty ?? "default", pod.Metadata.Name);

        public IList<V1Container> InitContainers => pod.Spec.InitContainers ?? [];

        public IEnumerable<V1Container> AllContainers => pod.InitContainers.Concat(pod.Spec.Containers);

        public string RestartPolicy => pod.Spec.RestartPolicy ?? "Always";

        public bool UsesHostNetwork => pod.Spec.HostNetwork == true;

        public TimeSpan TerminationGrace => TimeSpan.FromSeconds(pod.Spec.TerminationGracePeriodSeconds ?? 30);

        public string Hostname
        {
            get
            {
                var name = pod.Spec.Hostname is { Length: > 0 } given ? given : pod.Metadata.Name;
                // Linux host names end at 64 characters; Kubernetes cuts at 63.
                return name.Length > 63 ? name[..63].TrimEnd('-', '.') : name;
            }
        }
    }

    extension(V1Container container)
    {
        /// <summary>An init container that goes on running beside the others.</summary>
        public bool IsSidecar => container.RestartPolicy == "Always";
    }

    /// <summary>Whether a container that ended with this code is started again.</summary>
    public static bool Restarts(V1Pod pod, V1Container container, bool isInit, int exitCode) => container.IsSidecar || pod.RestartPolicy switch
    {
        "Never" => false,
        "OnFailure" => exitCode != 0,
        _ => !isInit || exitCode != 0,
    };

    /// <summary>Quality of service class, from the requests and limits for CPU and memory of all containers.</summary>
    public static string QosClass(V1Pod pod)
    {
        var any = false;
        var guaranteed = true;
        foreach (var container in pod.AllContainers)
        {
            foreach (var resource in new[] { "cpu", "memory" })
            {
                var request = Amount(container.Resources?.Requests, resource);
                var limit = Amount(container.Resources?.Limits, resource);
                any |= request > 0 || limit > 0;
                guaranteed &= limit > 0 && (request is null || request == limit);
            }
        }
        return !any ? "BestEffort" : guaranteed ? "Guaranteed" : "Burstable";
    }

    /// <summary>Amount of a resource, in thousandths; null when it is not given.</summary>
    public static decimal? Amount(IDictionary<string, ResourceQuantity>? resources, string name) =>
        resources is not null && resources.TryGetValue(name, out var quantity) ? quantity.ToDecimal() : null;

    public static string Utc(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
