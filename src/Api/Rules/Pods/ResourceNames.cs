namespace Slipway.Api.Rules.Pods;

/// <summary>The names of resources, and what follows from them.</summary>
internal static class ResourceNames
{
    private const string HugePagesPrefix = "hugepages-";

    private static readonly HashSet<string> Standard = new(StringComparer.Ordinal)
    {
        "cpu", "memory", "ephemeral-storage", "storage", "pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps",
        "persistentvolumeclaims", "services.nodeports", "services.loadbalancers", "requests.cpu", "requests.memory", "requests.ephemeral-storage",
        "requests.storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage",
    };

    private static readonly HashSet<string> Counted = new(StringComparer.Ordinal)
    {
        "pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims", "services.nodeports", "services.loadbalancers",
    };

    public static bool IsHugePages(string name) => name.StartsWith(HugePagesPrefix, StringComparison.Ordinal);

    /// <summary>The size of pages that a resource counts; null if the name gives none.</summary>
    public static Quantity? PageSize(string name) => Quantity.TryParse(name[HugePagesPrefix.Length..], out var size) ? size : null;

    /// <summary>Whether a resource is Kubernetes' own rather than a device or the like.</summary>
    public static bool IsNative(string name) => !name.Contains('/') || name.Split('/')[0] is "kubernetes.io" || name.Split('/')[0].EndsWith(".kubernetes.io", StringComparison.Ordinal);

    /// <summary>Whether the amount is a number of things, so that fractions mean nothing.</summary>
    public static bool IsCounted(string name) => Counted.Contains(name) || IsExtended(name);

    /// <summary>Devices and the like: counted, never shared.</summary>
    public static bool IsExtended(string name) => !IsNative(name) && !name.StartsWith("requests.", StringComparison.Ordinal);

    /// <summary>Whether more can be promised than there is.</summary>
    public static bool CanBeOvercommitted(string name) => IsNative(name) && !IsHugePages(name);

    /// <summary>What is wrong with the name of any resource, or null.</summary>
    public static string? Error(string name)
    {
        if (Names.QualifiedNameError(name) is { } error) return error;
        return name.Contains('/') || Standard.Contains(name) || IsHugePages(name) || name.StartsWith("requests.hugepages-", StringComparison.Ordinal) ? null : "must be a standard resource type or fully qualified";
    }

    /// <summary>What is wrong with the name of a resource of a container, or null.</summary>
    public static string? ContainerError(string name)
    {
        if (name is "cpu" or "memory") return null;
        if (Names.QualifiedNameError(name) is { } error) return error;
        if (!name.Contains('/')) return name == "ephemeral-storage" || IsHugePages(name) ? null : "must be a standard resource for containers";
        return IsNative(name) || (IsExtended(name) && Names.QualifiedNameError($"requests.{name}") is null) ? null : "doesn't follow extended resource name standard";
    }

    /// <summary>What is wrong with the name of a resource in a quota, or null.</summary>
    public static string? QuotaError(string name)
    {
        if (Names.QualifiedNameError(name) is { } error) return error;
        if (name.Contains('/')) return null;
        if (!Standard.Contains(name) && !IsHugePages(name) && !name.StartsWith("requests.hugepages-", StringComparison.Ordinal)) return "must be a standard resource type or fully qualified";
        return name == "storage" ? "must be a standard resource for quota" : null;
    }
}
