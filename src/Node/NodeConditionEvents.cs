namespace Slipway.Node;

/// <summary>What kubelets report of a node whose conditions turn, under their names (<c>recordNodeStatusEvent</c>).</summary>
internal static class NodeConditionEvents
{
    /// <summary>The reason of the event that tells of a condition's status; null for conditions that are not told of.</summary>
    public static string? ReasonOf(string condition, string status) => (condition, status) switch
    {
        ("Ready", "True") => "NodeReady",
        ("Ready", "False") => "NodeNotReady",
        ("MemoryPressure", "True") => "NodeHasInsufficientMemory",
        ("MemoryPressure", "False") => "NodeHasSufficientMemory",
        ("DiskPressure", "True") => "NodeHasDiskPressure",
        ("DiskPressure", "False") => "NodeHasNoDiskPressure",
        ("PIDPressure", "True") => "NodeHasInsufficientPID",
        ("PIDPressure", "False") => "NodeHasSufficientPID",
        _ => null,
    };

    /// <summary>Which conditions are to be told of: those that are others than before, and at first all but that the node is not ready yet.</summary>
    /// <param name="before">Statuses by condition, as told before; empty at first.</param>
    /// <param name="now">Statuses by condition.</param>
    public static IEnumerable<string> Between(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> now)
    {
        foreach (var (condition, status) in now)
            if (ReasonOf(condition, status) is { } reason && before.GetValueOrDefault(condition) != status && (reason != "NodeNotReady" || before.ContainsKey(condition)))
                yield return reason;
    }
}
