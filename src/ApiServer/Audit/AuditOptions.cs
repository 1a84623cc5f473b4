namespace Slipway.ApiServer.Audit;

/// <summary>What is recorded of requests, and where.</summary>
public sealed record AuditOptions
{
    /// <summary>What is recorded.</summary>
    public AuditPolicy Policy { get; init; } = AuditPolicy.Default;

    /// <summary>Where it is written.</summary>
    public required AuditFileOptions File { get; init; }
}
