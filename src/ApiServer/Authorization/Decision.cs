using Slipway.ApiServer.Authorization.Rbac;

namespace Slipway.ApiServer.Authorization;

/// <summary>Whether something is allowed, and why.</summary>
internal readonly record struct Decision
{
    private readonly Grant? _grant;
    private readonly string? _reason;

    private Decision(bool isAllowed, Grant? grant, string? reason) => (IsAllowed, _grant, _reason) = (isAllowed, grant, reason);

    public static Decision Allow { get; } = new(true, null, null);

    public bool IsAllowed { get; }

    /// <summary>Why; empty where there is nothing to say.</summary>
    public string Reason => _grant is null ? _reason ?? "" : $"RBAC: allowed by {_grant}";

    /// <summary>Allowed by a binding. Its text is made only when it is asked for.</summary>
    public static Decision AllowBy(Grant grant) => new(true, grant, null);

    public static Decision Refuse(string reason = "") => new(false, null, reason);
}
