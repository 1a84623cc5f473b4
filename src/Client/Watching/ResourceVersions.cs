using System.Globalization;

namespace Slipway.Client;

/// <summary>
/// The order of resource versions, as far as they are decimal numbers
/// (<see href="https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions"/>).
/// </summary>
public static class ResourceVersions
{
    /// <summary>Negative if the first is older, zero if they are the same, positive if it is newer; null when one of them is none that tells.</summary>
    public static int? Compare(string? one, string? other) =>
        ulong.TryParse(one, CultureInfo.InvariantCulture, out var a) && ulong.TryParse(other, CultureInfo.InvariantCulture, out var b) ? a.CompareTo(b) : null;
}
