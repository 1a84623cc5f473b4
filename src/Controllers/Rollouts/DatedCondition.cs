namespace Slipway.Controllers;

/// <summary>A condition of the kinds that also say when one was last updated: workloads and certificate requests. It is written as a whole.</summary>
internal sealed record DatedCondition
{
    public required string Type { get; init; }
    public required string Status { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTime? LastUpdateTime { get; init; }
    public DateTime? LastTransitionTime { get; init; }

    /// <summary>The conditions without that of a type; null when none is left.</summary>
    public static List<DatedCondition>? Without(List<DatedCondition>? conditions, string type)
    {
        var left = (conditions ?? []).FindAll(condition => condition.Type != type);
        return left.Count == 0 ? null : left;
    }

    /// <summary>The conditions with this one, which goes last; one of the same status and reason stays as it was.</summary>
    public static List<DatedCondition> With(List<DatedCondition>? conditions, DatedCondition condition)
    {
        var old = conditions?.Find(known => known.Type == condition.Type);
        if (old is not null && old.Status == condition.Status && old.Reason == condition.Reason)
            return conditions!;
        if (old?.Status == condition.Status)
            condition = condition with { LastTransitionTime = old.LastTransitionTime };
        return [.. Without(conditions, condition.Type) ?? [], condition];
    }
}
