using System.Globalization;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Runs that are for a time of a schedule.</summary>
internal static class ScheduledRun
{
    /// <summary>The run of a time. The same flow, schedule and time always give the same name.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="entry">The schedule.</param>
    /// <param name="time">The time, in UTC: the end of the interval of data.</param>
    /// <param name="start">The schedule's time before it: the beginning of the interval.</param>
    public static FlowRun Of(Flow flow, FlowScheduleEntry entry, DateTime time, DateTime start) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = FlowNames.ScheduledRun(flow.Metadata.Name, entry.Name, time),
            NamespaceProperty = flow.Metadata.NamespaceProperty,
            Labels = new Dictionary<string, string> { [FlowNames.FlowLabel] = flow.Metadata.Name, [FlowNames.ScheduleLabel] = entry.Name },
            Annotations = new Dictionary<string, string> { [FlowNames.ScheduledAtAnnotation] = Text(time) },
        },
        Spec = new FlowRunSpec
        {
            Flow = flow.Metadata.Name,
            Params = entry.Schedule.Params?.ToDictionary(p => p.Key, p => p.Value?.DeepClone()),
            Interval = new DataInterval { Start = start, End = time },
            Cause = new RunCause { Type = RunCause.Schedule, By = entry.Name },
        },
    };

    /// <summary>Whether a run was started for a schedule, by its controller.</summary>
    public static bool IsOf(FlowRun run, string schedule) =>
        run.Metadata.Labels is { } labels && labels.TryGetValue(FlowNames.ScheduleLabel, out var name) && name == schedule;

    /// <summary>A time as runs carry it: RFC 3339 in UTC, to the second.</summary>
    public static string Text(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
