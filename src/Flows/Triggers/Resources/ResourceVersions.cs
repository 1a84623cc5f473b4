namespace Slipway.Flows;

/// <summary>
/// Resource versions of one resource, which Kubernetes lets be compared as whole numbers of any length
/// (<see href="https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions"/>).
/// </summary>
internal static class ResourceVersions
{
    /// <summary>Whether one is later than another. Where a server gives no numbers, each different one counts as later: what follows is done once by its name.</summary>
    public static bool IsLater(string version, string than)
    {
        if (!version.All(char.IsAsciiDigit) || !than.All(char.IsAsciiDigit))
            return version != than;
        var (a, b) = (version.TrimStart('0'), than.TrimStart('0'));
        return a.Length != b.Length ? a.Length > b.Length : string.CompareOrdinal(a, b) > 0;
    }
}
