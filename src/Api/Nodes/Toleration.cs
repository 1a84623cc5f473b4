namespace Slipway.Api.Nodes;

/// <summary>Which taints a pod puts up with.</summary>
public sealed record Toleration
{
    /// <summary>Key of the taint; all when null or empty.</summary>
    public string? Key { get; set; }

    /// <summary><c>Equal</c> (also when null or empty), <c>Exists</c>, <c>Gt</c> or <c>Lt</c>.</summary>
    public string? Operator { get; set; }

    /// <summary>What the taint's value is compared with.</summary>
    public string? Value { get; set; }

    /// <summary>Effect of the taint; all when null or empty.</summary>
    public string? Effect { get; set; }

    /// <summary>For how many seconds it puts up with a taint that evicts; for ever when null.</summary>
    public long? TolerationSeconds { get; set; }

    /// <summary>Whether it covers a taint.</summary>
    public bool Tolerates(Taint taint)
    {
        if (Effect is { Length: > 0 } && Effect != taint.Effect)
            return false;
        if (Key is not { Length: > 0 })
            return Operator == "Exists"; // no key covers every taint
        if (Key != taint.Key)
            return false;
        return Operator switch
        {
            "Exists" => true,
            null or "" or "Equal" => (Value ?? "") == (taint.Value ?? ""),
            "Gt" => long.TryParse(taint.Value, out var value) && long.TryParse(Value, out var bound) && value > bound,
            "Lt" => long.TryParse(taint.Value, out var value) && long.TryParse(Value, out var bound) && value < bound,
            _ => false,
        };
    }
}
