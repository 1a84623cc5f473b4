using System.Globalization;
using System.Text.RegularExpressions;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>Kubernetes' library of semantic versions (<see href="https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-semver-library"/>).</summary>
internal static class SemverFunctions
{
    public static readonly CelType SemverType = CelType.Opaque("kubernetes.Semver");

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        Global("semver", "string_to_semver", [CelType.String], SemverType, (_, a) => Value(a[0].Text(), false)),
        Global("semver", "string_bool_to_semver", [CelType.String, CelType.Bool], SemverType, (_, a) => Value(a[0].Text(), a[1].Bool())),
        Global("isSemver", "is_semver_string", [CelType.String], CelType.Bool, (_, a) => CelBool.Of(SemanticVersion.Parse(a[0].Text(), false) is not null)),
        Global("isSemver", "is_semver_string_bool", [CelType.String, CelType.Bool], CelType.Bool, (_, a) => CelBool.Of(SemanticVersion.Parse(a[0].Text(), a[1].Bool()) is not null)),
        Member("major", "semver_major", [SemverType], CelType.Int, (_, a) => new CelInt(V(a[0]).Major)),
        Member("minor", "semver_minor", [SemverType], CelType.Int, (_, a) => new CelInt(V(a[0]).Minor)),
        Member("patch", "semver_patch", [SemverType], CelType.Int, (_, a) => new CelInt(V(a[0]).Patch)),
        Member("isGreaterThan", "semver_is_greater_than", [SemverType, SemverType], CelType.Bool, (_, a) => CelBool.Of(V(a[0]).CompareTo(V(a[1])) > 0)),
        Member("isLessThan", "semver_is_less_than", [SemverType, SemverType], CelType.Bool, (_, a) => CelBool.Of(V(a[0]).CompareTo(V(a[1])) < 0)),
        Member("compareTo", "semver_compare_to", [SemverType, SemverType], CelType.Int, (_, a) => new CelInt(V(a[0]).CompareTo(V(a[1])))),
    ];

    private static SemanticVersion V(CelValue value) => value.Opaque<SemanticVersion>();

    private static CelValue Value(string text, bool normalize) =>
        SemanticVersion.Parse(text, normalize) is { } version ? new CelOpaque<SemanticVersion>(SemverType, version) : new CelError($"semver parse error during conversion from string: {text} is no semantic version");
}

/// <summary>A version (<see href="https://semver.org"/>). Builds of one version are equal.</summary>
internal sealed partial class SemanticVersion(long major, long minor, long patch, string preRelease) : IEquatable<SemanticVersion>
{
    public long Major { get; } = major;

    public long Minor { get; } = minor;

    public long Patch { get; } = patch;

    /// <summary>Null for a text that is no version.</summary>
    /// <param name="text">The text.</param>
    /// <param name="normalize">Whether a leading v, missing parts and leading zeros are accepted.</param>
    public static SemanticVersion? Parse(string text, bool normalize)
    {
        var match = (normalize ? Lenient() : Strict()).Match(text);
        if (!match.Success) return null;
        return Number(match.Groups[1]) is { } major && Number(match.Groups[2]) is { } minor && Number(match.Groups[3]) is { } patch
            ? new SemanticVersion(major, minor, patch, match.Groups[4].Value)
            : null;
    }

    public int CompareTo(SemanticVersion other)
    {
        var order = (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));
        return Math.Sign(order != 0 ? order : ComparePreRelease(preRelease, other.PreRelease));
    }

    public bool Equals(SemanticVersion? other) => other is not null && CompareTo(other) == 0;

    public override bool Equals(object? obj) => Equals(obj as SemanticVersion);

    public override int GetHashCode() => HashCode.Combine(Major, Minor, Patch, preRelease);

    public override string ToString() => $"{Major}.{Minor}.{Patch}{(preRelease.Length == 0 ? "" : "-" + preRelease)}";

    private string PreRelease => preRelease;

    private static int ComparePreRelease(string a, string b)
    {
        if (a.Length == 0 || b.Length == 0) return b.Length.CompareTo(a.Length);
        var (mine, theirs) = (a.Split('.'), b.Split('.'));
        for (var i = 0; i < Math.Min(mine.Length, theirs.Length); i++)
        {
            var (isNumber, otherIsNumber) = (mine[i].All(char.IsAsciiDigit), theirs[i].All(char.IsAsciiDigit));
            var order = (isNumber, otherIsNumber) switch
            {
                (true, true) when mine[i].Length != theirs[i].Length => mine[i].Length.CompareTo(theirs[i].Length),
                (true, false) => -1,
                (false, true) => 1,
                _ => string.CompareOrdinal(mine[i], theirs[i]),
            };
            if (order != 0) return order;
        }

        return mine.Length.CompareTo(theirs.Length);
    }

    private static long? Number(Group group) =>
        group.Length == 0 ? 0 : long.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(@"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$(?!\n)", RegexOptions.ECMAScript)]
    private static partial Regex Strict();

    [GeneratedRegex(@"^v?(\d+)(?:\.(\d+)(?:\.(\d+))?)?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$(?!\n)", RegexOptions.ECMAScript)]
    private static partial Regex Lenient();
}
