using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.ApiServer.CustomResources;

/// <summary>
/// The order of preference of versions: stable before beta before alpha, higher numbers first, anything else last by name
/// (<see href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority"/>).
/// </summary>
internal static partial class VersionOrder
{
    public static int Compare(string one, string other)
    {
        var (a, b) = (Rank(one), Rank(other));
        if (a is null || b is null) return a is null && b is null ? string.CompareOrdinal(one, other) : a is null ? 1 : -1;
        return b.Value.CompareTo(a.Value);
    }

    private static (int Stability, int Major, int Minor)? Rank(string version)
    {
        var match = Pattern().Match(version);
        if (!match.Success) return null;
        var stability = match.Groups[2].Value switch { "" => 3, "beta" => 2, _ => 1 };
        return (stability, Number(match.Groups[1]), Number(match.Groups[3]));
    }

    private static int Number(Group group) => int.TryParse(group.Value, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex(@"^v([1-9]\d{0,8})(?:(alpha|beta)([1-9]\d{0,8}))?\z")]
    private static partial Regex Pattern();
}
