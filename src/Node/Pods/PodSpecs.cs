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

        /// <summary>Containers for debugging, which were added to the pod as it ran; they are never started again.</summary>
        public IReadOnlyList<V1Container> EphemeralContainers => pod.Spec.EphemeralContainers is { Count: > 0 } added ? [.. added.Select(EphemeralContainer.Of)] : [];

        /// <summary>All containers, those for debugging included.</summary>
        public IEnumerable<V1Container> EveryContainer => pod.AllContainers.Concat(pod.EphemeralContainers);

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

    /// <summary>The restart policy of a container: its own, or else its pod's.</summary>
    public static string PolicyOf(V1Pod pod, V1Container container) => container.RestartPolicy is { Length: > 0 } own ? own : pod.RestartPolicy;

    /// <summary>Whether a container that ended like this is started again.</summary>
    public static bool Restarts(V1Pod pod, V1Container container, ContainerExit exit)
    {
        if (container.RestartPolicyRules is { Count: > 0 } rules && rules.Any(r => Matches(r, exit.Code)))
            return true;
        return PolicyOf(pod, container) switch
        {
            "Never" => false,
            "OnFailure" => exit.Code != 0 || exit.IsFault,
            // An init container that has succeeded has done its work, unless it says itself that it is to run always.
            _ => !pod.InitContainers.Contains(container) || container.IsSidecar || exit.Code != 0 || exit.IsFault,
        };
    }

    private static bool Matches(V1ContainerRestartRule rule, int code) =>
        rule.ExitCodes is { } codes && (codes.Values ?? []).Contains(code) == (codes.OperatorProperty == "In");

    /// <summary>Whether a downward API volume may show of one state of a pod something else than of another.</summary>
    public static bool ShowsOther(V1Pod one, V1Pod other) => !Same(one.Metadata.Labels, other.Metadata.Labels) || !Same(one.Metadata.Annotations, other.Metadata.Annotations)
        || one.Metadata.Generation != other.Metadata.Generation;

    private static bool Same(IDictionary<string, string>? one, IDictionary<string, string>? other) => (one?.Count ?? 0) == (other?.Count ?? 0)
        && (one is null || one.All(e => other!.TryGetValue(e.Key, out var value) && value == e.Value));

    /// <summary>The user that all containers are told to run as; null when they are not, or differ.</summary>
    public static long? CommonUser(V1Pod pod)
    {
        var users = pod.AllContainers.Select(c => c.SecurityContext?.RunAsUser ?? pod.Spec.SecurityContext?.RunAsUser).Distinct().ToList();
        return users is [{ } only] ? only : null;
    }

    /// <summary>Quality of service class, from the requests and limits for CPU and memory of the pod as a whole, or else of all its containers.</summary>
    public static string QosClass(V1Pod pod)
    {
        var any = false;
        var guaranteed = true;
        var ofAll = pod.Spec.Resources is { Requests.Count: > 0 } or { Limits.Count: > 0 } ? [pod.Spec.Resources] : pod.AllContainers.Select(c => c.Resources);
        foreach (var resources in ofAll)
        {
            foreach (var resource in new[] { "cpu", "memory" })
            {
                var request = Amount(resources?.Requests, resource);
                var limit = Amount(resources?.Limits, resource);
                any |= request > 0 || limit > 0;
                guaranteed &= limit > 0 && (request is null || request == limit);
            }
        }
        return !any ? "BestEffort" : guaranteed ? "Guaranteed" : "Burstable";
    }

    /// <summary>Amount of a resource, in thousandths; null when it is not given.</summary>
    public static decimal? Amount(IDictionary<string, ResourceQuantity>? resources, string name) =>
        resources is not null && resources.TryGetValue(name, out var quantity) ? quantity.ToDecimal() : null;
}
