using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Quota;

/// <summary>How much of a namespace's quotas one object uses (<see href="https://kubernetes.io/docs/concepts/policy/resource-quotas/"/>).</summary>
public static class QuotaUsage
{
    private const string ClassSuffix = ".storageclass.storage.k8s.io/";

    // These are counted by their plain names too, which are older than count/….
    private static readonly string[] CountedPlainly = ["configmaps", "secrets", "replicationcontrollers", "resourcequotas", "services", "persistentvolumeclaims"];

    /// <summary>Whether an update of an object can change what it uses.</summary>
    public static bool ChangesOnUpdate(string group, string plural, string subresource) => (group, plural, subresource) is
        ("", "pods", "resize") or ("", "services", "") or ("", "persistentvolumeclaims", "");

    /// <summary>What an object uses.</summary>
    /// <param name="group">API group of its resource.</param>
    /// <param name="plural">Name of its resource.</param>
    /// <param name="document">The object.</param>
    /// <param name="now">The time: pods that should be gone use nothing any longer.</param>
    public static ResourceAmounts Of(string group, string plural, JsonObject document, DateTimeOffset now)
    {
        var counts = new List<KeyValuePair<string, Quantity>> { new(CountName(group, plural), Quantity.Of(1)) };
        if (group.Length == 0 && CountedPlainly.Contains(plural)) counts.Add(new(plural, Quantity.Of(1)));
        var counted = ResourceAmounts.Of(counts);
        return (group, plural) switch
        {
            ("", "pods") => IsCharged(document, now) ? counted.Plus(OfPod(document)) : counted,
            ("", "services") => counted.Plus(OfService(document)),
            ("", "persistentvolumeclaims") => counted.Plus(OfClaim(document)),
            _ => counted,
        };
    }

    /// <summary>Name of the count of a resource.</summary>
    public static string CountName(string group, string plural) => group.Length == 0 ? $"count/{plural}" : $"count/{plural}.{group}";

    /// <summary>Whether an amount of a quota concerns a resource at all.</summary>
    public static bool Concerns(string name, string group, string plural)
    {
        if (name == CountName(group, plural)) return true;
        if (group.Length > 0) return false;
        return plural switch
        {
            "pods" => name is "pods" || IsComputing(name),
            "services" => name is "services" or "services.nodeports" or "services.loadbalancers",
            "persistentvolumeclaims" => name is "persistentvolumeclaims" or "requests.storage" || name.Contains(ClassSuffix, StringComparison.Ordinal),
            _ => name == plural && CountedPlainly.Contains(plural),
        };
    }

    /// <summary>What requests and limits use, under all names by which quotas may limit it.</summary>
    public static ResourceAmounts Computing(ResourceAmounts requests, ResourceAmounts limits)
    {
        var used = new List<KeyValuePair<string, Quantity>>();
        foreach (var name in requests.Names)
        {
            var amount = requests[name]!.Value;
            if (name is "cpu" or "memory" or "ephemeral-storage" || name.StartsWith("hugepages-", StringComparison.Ordinal))
            {
                used.Add(new(name, amount));
                used.Add(new($"requests.{name}", amount));
            }
            else if (name.Contains('/'))
            {
                used.Add(new($"requests.{name}", amount));
            }
        }
        foreach (var name in limits.Names)
            if (name is "cpu" or "memory" or "ephemeral-storage") used.Add(new($"limits.{name}", limits[name]!.Value));
        return ResourceAmounts.Of(used);
    }

    private static ResourceAmounts OfPod(JsonObject pod) =>
        // As the scheduler counts it: a resize that cannot be done takes nothing, and one that is not done yet frees nothing.
        Computing(PodAmounts.Held(pod), PodAmounts.Held(pod, "limits")).Plus(ResourceAmounts.Of(("pods", Quantity.Of(1))));

    private static ResourceAmounts OfService(JsonObject service)
    {
        var spec = service.Object("spec") ?? [];
        var ports = spec.Objects("ports").ToArray();
        var nodePorts = spec.Text("type") switch
        {
            "NodePort" => ports.Length,
            "LoadBalancer" when spec.Boolean("allocateLoadBalancerNodePorts") == false => ports.Count(p => p.Integer("nodePort") is > 0),
            "LoadBalancer" => ports.Length,
            _ => 0,
        };
        return ResourceAmounts.Of(
            ("services.nodeports", Quantity.Of(nodePorts)),
            ("services.loadbalancers", Quantity.Of(spec.Text("type") == "LoadBalancer" ? 1 : 0)));
    }

    private static ResourceAmounts OfClaim(JsonObject claim)
    {
        var spec = claim.Object("spec") ?? [];
        var requested = ResourceAmounts.Read(spec.Object("resources")?.Object("requests"))["storage"];
        // What was granted may be more than what is asked for now.
        if (ResourceAmounts.Read(claim.Object("status")?.Object("allocatedResources"))["storage"] is { } granted && granted > (requested ?? Quantity.Zero)) requested = granted;
        var used = new List<KeyValuePair<string, Quantity>>();
        if (requested is { } storage) used.Add(new("requests.storage", storage));
        if ((claim.Annotations?["volume.beta.kubernetes.io/storage-class"].AsText() ?? spec.Text("storageClassName")) is { Length: > 0 } name)
        {
            used.Add(new($"{name}{ClassSuffix}persistentvolumeclaims", Quantity.Of(1)));
            if (requested is { } ofClass) used.Add(new($"{name}{ClassSuffix}requests.storage", ofClass));
        }
        return ResourceAmounts.Of(used);
    }

    // Pods that have ended, or should have long ago, hold nothing of the machine.
    private static bool IsCharged(JsonObject pod, DateTimeOffset now)
    {
        if (pod.Object("status")?.Text("phase") is "Succeeded" or "Failed") return false;
        return pod is not { DeletionTimestamp: { } deleted, DeletionGracePeriodSeconds: { } grace } || now <= deleted.AddSeconds(grace);
    }

    private static bool IsComputing(string name) =>
        name is "cpu" or "memory" or "ephemeral-storage" or "limits.cpu" or "limits.memory" or "limits.ephemeral-storage"
        || name.StartsWith("hugepages-", StringComparison.Ordinal)
        || (name.StartsWith("requests.", StringComparison.Ordinal) && name != "requests.storage");
}
