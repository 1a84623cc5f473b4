using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.PodSecurity;

/// <summary>
/// What a namespace demands of its pods, by its labels
/// (<see href="https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces"/>).
/// </summary>
/// <param name="Enforce">Pods below this are refused.</param>
/// <param name="Audit">What is below this is told to the audit log.</param>
/// <param name="Warn">Of what is below this the client is warned.</param>
internal readonly record struct SecurityPolicy(SecurityStandard Enforce, SecurityStandard Audit, SecurityStandard Warn)
{
    private const string Prefix = "pod-security.kubernetes.io/";

    /// <summary>Whether nothing is demanded.</summary>
    public bool DemandsNothing => Enforce.Level == SecurityLevel.Privileged && Audit.Level == SecurityLevel.Privileged && Warn.Level == SecurityLevel.Privileged;

    /// <summary>Reads the labels of a namespace. What cannot be read counts as the strictest for enforcing, and as nothing for the rest.</summary>
    public static (SecurityPolicy Policy, IReadOnlyList<StatusCause> Errors) Of(JsonObject? labels)
    {
        if (labels is null || labels.Count == 0) return (default, []);
        var errors = new List<StatusCause>();
        var enforce = Standard("enforce", SecurityLevel.Restricted, out var enforces, out _);
        var audit = Standard("audit", SecurityLevel.Privileged, out _, out _);
        var warn = Standard("warn", SecurityLevel.Privileged, out var warns, out var warnsByVersion);
        // Who enforces and says nothing of warnings is warned of the same for workloads, whose pods come later.
        if (enforces && !warns && labels[$"{Prefix}warn"] is null && enforce.Level > warn.Level)
            warn = new(enforce.Level, warnsByVersion ? warn.Minor : enforce.Minor);
        return (new(enforce, audit, warn), errors);

        SecurityStandard Standard(string mode, SecurityLevel whenWrong, out bool hasLevel, out bool hasVersion)
        {
            hasLevel = false;
            var level = SecurityLevel.Privileged;
            if (labels[Prefix + mode].AsText() is { } levelText)
            {
                var parsed = SecurityStandard.ParseLevel(levelText);
                hasLevel = parsed is not null;
                level = parsed ?? whenWrong;
                if (!hasLevel) errors.Add(Invalid(Prefix + mode, levelText, "must be one of privileged, baseline, restricted"));
            }
            int? minor = null;
            hasVersion = false;
            if (labels[$"{Prefix}{mode}-version"].AsText() is { } versionText)
            {
                hasVersion = true;
                if (!SecurityStandard.TryParseVersion(versionText, out minor))
                    errors.Add(Invalid($"{Prefix}{mode}-version", versionText, "must be \"latest\" or \"v1.x\""));
            }
            return new(level, minor);
        }
    }

    private static StatusCause Invalid(string label, string value, string detail) => StatusCause.Invalid($"metadata.labels[{label}]", $"\"{value}\"", detail);
}
