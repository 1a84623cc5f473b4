namespace Slipway.Flows;

/// <summary>Which runs are asked for; they come newest first.</summary>
public sealed record RunFilter
{
    /// <summary>Only runs of this flow; all when null.</summary>
    public string? Flow { get; init; }

    /// <summary>Only runs of this phase; all when null.</summary>
    public string? Phase { get; init; }

    /// <summary>Only runs that started at this time or later; all when null.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only runs that come after this one in the order, for the next page; all when null.</summary>
    public RunRecord? After { get; init; }

    /// <summary>How many at most.</summary>
    public required int Limit { get; init; }
}
