using System.Text.Json.Nodes;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>A run, as far as it matters for the interval that it is for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Phase">How far it is.</param>
/// <param name="Start">When it started, or was made if it has not.</param>
/// <param name="Interval">The interval; null for none.</param>
/// <param name="Params">Its parameters; null for none.</param>
/// <param name="Cause">Who has started it; null if that is not known.</param>
internal sealed record IntervalRun(string Name, string Phase, DateTime Start, DataInterval? Interval, JsonObject? Params, RunCause? Cause)
{
    /// <summary>What a run that is there still is.</summary>
    public static IntervalRun Of(FlowRun run)
    {
        var given = run.Status?.Params ?? run.Spec.Params;
        return new IntervalRun(
            run.Metadata.Name, run.Status?.Phase ?? FlowPhase.Pending, run.Status?.StartTime ?? run.Metadata.CreationTimestamp ?? DateTime.MinValue, run.Spec.Interval,
            given is null ? null : new JsonObject(given.Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))),
            run.Spec.Cause);
    }

    /// <summary>Whether it does what a schedule would for a time: it is for the same interval, with the parameters that the schedule sets.</summary>
    public bool IsFor(FlowScheduleEntry entry, DateTime start, DateTime end) =>
        Interval?.Start?.ToUniversalTime() == start && Interval?.End?.ToUniversalTime() == end
        && (entry.Schedule.Params ?? []).All(p => Params is not null && Params.TryGetPropertyValue(p.Key, out var value) && JsonNode.DeepEquals(value, p.Value));
}
