using System.Globalization;

namespace Slipway.ApiServer.Admission.PodSecurity;

/// <summary>How strict a Pod Security Standard is (<see href="https://kubernetes.io/docs/concepts/security/pod-security-standards/"/>), the least strict first.</summary>
internal enum SecurityLevel { Privileged, Baseline, Restricted }

/// <summary>A level as a minor version of Kubernetes defined it.</summary>
/// <param name="Level">The level.</param>
/// <param name="Minor">The minor version of Kubernetes 1; null for the newest.</param>
internal readonly record struct SecurityStandard(SecurityLevel Level, int? Minor)
{
    /// <summary>Reads a level; null when it is none.</summary>
    public static SecurityLevel? ParseLevel(string text) => text switch
    {
        "privileged" => SecurityLevel.Privileged,
        "baseline" => SecurityLevel.Baseline,
        "restricted" => SecurityLevel.Restricted,
        _ => null,
    };

    /// <summary>Reads a version: <c>latest</c> or <c>v1.N</c>.</summary>
    public static bool TryParseVersion(string text, out int? minor)
    {
        minor = null;
        if (text == "latest") return true;
        if (!text.StartsWith("v1.", StringComparison.Ordinal)) return false;
        var digits = text.AsSpan(3);
        if (digits.Length > 1 && digits[0] == '0') return false;
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        minor = number;
        return true;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var level = Level switch
        {
            SecurityLevel.Privileged => "privileged",
            SecurityLevel.Baseline => "baseline",
            _ => "restricted",
        };
        return Minor is { } minor ? $"{level}:v1.{minor}" : $"{level}:latest";
    }
}
