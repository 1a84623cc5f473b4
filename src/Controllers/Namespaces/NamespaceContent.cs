namespace Slipway.Controllers;

/// <summary>What was found in a namespace while it is deleted.</summary>
internal sealed record NamespaceContent
{
    /// <summary>Why group versions could not be asked what they serve.</summary>
    public IReadOnlyDictionary<string, string> DiscoveryFailures { get; init; } = new Dictionary<string, string>();

    /// <summary>Why resources could not be deleted, by name of the resource.</summary>
    public IReadOnlyDictionary<string, string> DeletionFailures { get; init; } = new Dictionary<string, string>();

    /// <summary>Objects that are still there, by name of the resource.</summary>
    public IReadOnlyDictionary<string, int> Remaining { get; init; } = new Dictionary<string, int>();

    /// <summary>Objects that a finalizer holds, by the finalizer.</summary>
    public IReadOnlyDictionary<string, int> Finalizers { get; init; } = new Dictionary<string, int>();

    /// <summary>Whether nothing is left and everything could be asked.</summary>
    public bool IsGone => Remaining.Count == 0 && DiscoveryFailures.Count == 0 && DeletionFailures.Count == 0;
}

/// <summary>Says in conditions how far the deletion of a namespace is, in upstream's words.</summary>
internal static class NamespaceConditions
{
    /// <summary>The conditions now; a condition that says the same as before keeps its time.</summary>
    public static List<NamespaceCondition> For(NamespaceContent content, IReadOnlyList<NamespaceCondition> before, DateTime now)
    {
        NamespaceCondition[] wanted =
        [
            Of("NamespaceDeletionDiscoveryFailure", content.DiscoveryFailures.Count > 0,
                ("DiscoveryFailed", $"Discovery failed for some groups, {content.DiscoveryFailures.Count} failing: {Join(content.DiscoveryFailures)}"),
                ("ResourcesDiscovered", "All resources successfully discovered")),
            Of("NamespaceDeletionGroupVersionParsingFailure", false, default, ("ParsedGroupVersions", "All legacy kube types successfully parsed")),
            Of("NamespaceDeletionContentFailure", content.DeletionFailures.Count > 0,
                ("ContentDeletionFailed", $"Failed to delete all resource types, {content.DeletionFailures.Count} remaining: {Join(content.DeletionFailures)}"),
                ("ContentDeleted", "All content successfully deleted, may be waiting on finalization")),
            Of("NamespaceContentRemaining", content.Remaining.Count > 0,
                ("SomeResourcesRemain", $"Some resources are remaining: {Count(content.Remaining, "{0} has {1} resource instances")}"),
                ("ContentRemoved", "All content successfully removed")),
            Of("NamespaceFinalizersRemaining", content.Finalizers.Count > 0,
                ("SomeFinalizersRemain", $"Some content in the namespace has finalizers remaining: {Count(content.Finalizers, "{0} in {1} resource instances")}"),
                ("ContentHasNoFinalizers", "All content-preserving finalizers finished")),
        ];
        var result = before.Where(old => !wanted.Any(condition => condition.Type == old.Type)).ToList();
        foreach (var condition in wanted)
        {
            var old = before.FirstOrDefault(old => old.Type == condition.Type);
            result.Add(condition with { LastTransitionTime = old?.Status == condition.Status && old.LastTransitionTime is { } time ? time : now });
        }
        return result;
    }

    private static NamespaceCondition Of(string type, bool isTrue, (string Reason, string Message) whenTrue, (string Reason, string Message) whenFalse)
    {
        var (reason, message) = isTrue ? whenTrue : whenFalse;
        return new() { Type = type, Status = isTrue ? "True" : "False", Reason = reason, Message = message };
    }

    private static string Join(IReadOnlyDictionary<string, string> failures) =>
        string.Join(", ", failures.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}: {pair.Value}"));

    private static string Count(IReadOnlyDictionary<string, int> counts, string format) =>
        string.Join(", ", counts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => string.Format(System.Globalization.CultureInfo.InvariantCulture, format, pair.Key, pair.Value)));
}
