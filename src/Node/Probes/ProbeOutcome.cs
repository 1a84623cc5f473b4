using k8s.Models;

namespace Slipway.Node.Probes;

/// <summary>What a probe decides of a container.</summary>
internal enum ProbeKind
{
    /// <summary>Whether it has come up; until then the others wait.</summary>
    Startup,

    /// <summary>Whether it is to get requests.</summary>
    Readiness,

    /// <summary>Whether it is to be ended and started again.</summary>
    Liveness,
}

internal enum ProbeResult
{
    Success,

    /// <summary>Counts as a success, but is told of.</summary>
    Warning,
    Failure,

    /// <summary>The probe itself could not be made; counts as nothing.</summary>
    Unknown,
}

/// <summary>What one probe found.</summary>
internal readonly record struct ProbeOutcome(ProbeResult Result, string Message)
{
    public static readonly ProbeOutcome Success = new(ProbeResult.Success, "");

    public static ProbeOutcome Failure(string message) => new(ProbeResult.Failure, message);
}

/// <summary>The settings of probes, with their defaults (https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/).</summary>
internal static class ProbeSettings
{
    extension(V1Probe probe)
    {
        public TimeSpan InitialDelay => TimeSpan.FromSeconds(probe.InitialDelaySeconds ?? 0);

        public TimeSpan Period => TimeSpan.FromSeconds(Math.Max(1, probe.PeriodSeconds ?? 10));

        public TimeSpan Timeout => TimeSpan.FromSeconds(Math.Max(1, probe.TimeoutSeconds ?? 1));
    }

    extension(V1Container container)
    {
        public bool HasProbes => container.StartupProbe is not null || container.ReadinessProbe is not null || container.LivenessProbe is not null;

        public V1Probe? Probe(ProbeKind kind) => kind switch
        {
            ProbeKind.Startup => container.StartupProbe,
            ProbeKind.Readiness => container.ReadinessProbe,
            _ => container.LivenessProbe,
        };
    }
}
