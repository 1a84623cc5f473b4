using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>
/// When runs of a flow are started. The run of a time covers the interval from the schedule's time before it to that time:
/// expressions read it as run.start and run.end.
/// </summary>
public class FlowSchedule
{
    /// <summary>Five fields as in crontab (minute, hour, day of month, month, day of week from 0 for Sunday to 6), or @hourly, @daily, @weekly, @monthly, @yearly.</summary>
    [JsonPropertyName("cron"), Field(Required = true)]
    public string Cron { get; set; } = "";

    /// <summary>IANA time zone in which the fields are read, such as Europe/Berlin; UTC if not given.</summary>
    [JsonPropertyName("timeZone")]
    public string? TimeZone { get; set; }

    /// <summary>Whether no runs are started. Times that pass meanwhile are missed; catchUp says what becomes of them.</summary>
    [JsonPropertyName("suspend")]
    public bool? Suspend { get; set; }

    /// <summary>
    /// How far back missed times are made up for, such as 3d, the oldest first. If not given, only the newest missed time is, however
    /// long ago it was.
    /// </summary>
    [JsonPropertyName("catchUp")]
    public string? CatchUp { get; set; }

    /// <summary>How many missed times are made up for at most, the newest; 100 if not given.</summary>
    [JsonPropertyName("catchUpLimit"), Field(Minimum = 1, Maximum = 10_000)]
    public int? CatchUpLimit { get; set; }

    /// <summary>How many runs of this schedule may run at the same time, 1 if not given. Further times wait as catchUp allows.</summary>
    [JsonPropertyName("maxActive"), Field(Minimum = 1, Maximum = 1000)]
    public int? MaxActive { get; set; }

    /// <summary>How many ended runs of this schedule are kept, the newest; 10 if not given. The records of all stay in the ledger.</summary>
    [JsonPropertyName("historyLimit"), Field(Minimum = 0, Maximum = 10_000)]
    public int? HistoryLimit { get; set; }

    /// <summary>Values of the flow's parameters in runs of this schedule.</summary>
    [JsonPropertyName("params")]
    public Dictionary<string, JsonNode?>? Params { get; set; }
}

/// <summary>One of several schedules of a flow.</summary>
public sealed class NamedFlowSchedule : FlowSchedule
{
    /// <summary>Name within the flow: lower-case letters, digits and dashes. Runs carry it as the label slipway.dev/schedule.</summary>
    [JsonPropertyName("name"), Field(Required = true, Pattern = "^[a-z]([-a-z0-9]*[a-z0-9])?$", MaxLength = 20)]
    public string Name { get; set; } = "";
}

/// <summary>How far a schedule is.</summary>
public sealed class FlowScheduleStatus
{
    /// <summary>Name of the schedule; default for spec.schedule.</summary>
    [JsonPropertyName("name"), Field(Required = true)]
    public string Name { get; set; } = "";

    /// <summary>The fields and time zone that the times are of. A schedule that is changed begins anew.</summary>
    [JsonPropertyName("cron")]
    public string? Cron { get; set; }

    /// <summary>All times up to this one are dealt with: run, or skipped.</summary>
    [JsonPropertyName("handledUntil"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? HandledUntil { get; set; }

    /// <summary>The last time for which a run was started.</summary>
    [JsonPropertyName("lastScheduleTime"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? LastScheduleTime { get; set; }

    /// <summary>The next time; absent while the schedule is suspended.</summary>
    [JsonPropertyName("nextScheduleTime"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? NextScheduleTime { get; set; }

    /// <summary>How many of its runs have not ended.</summary>
    [JsonPropertyName("active")]
    public int? Active { get; set; }

    /// <summary>How many times have come whose runs wait for those that run.</summary>
    [JsonPropertyName("waiting")]
    public int? Waiting { get; set; }

    /// <summary>The last times that were skipped, up to ten records, the newest first; the ledger has all.</summary>
    [JsonPropertyName("skipped")]
    public List<SkippedTimes>? Skipped { get; set; }
}

/// <summary>Times of a schedule, in a row, for which no run was started.</summary>
public sealed class SkippedTimes
{
    /// <summary>Nobody was there to start a run in time.</summary>
    public const string Missed = "Missed";

    /// <summary>Earlier runs were still running.</summary>
    public const string Overlap = "Overlap";

    /// <summary>The first of the times.</summary>
    [JsonPropertyName("from"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? From { get; set; }

    /// <summary>The last of them.</summary>
    [JsonPropertyName("to"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? To { get; set; }

    /// <summary>How many they are.</summary>
    [JsonPropertyName("count")]
    public int Count { get; set; }

    /// <summary>Missed: nobody was there to start a run in time. Overlap: earlier runs were still running.</summary>
    [JsonPropertyName("reason"), Field(Enum = [Missed, Overlap])]
    public string Reason { get; set; } = Missed;
}

/// <summary>A schedule of a flow with its name.</summary>
/// <param name="Path">Path of the field, such as <c>spec.schedules[0]</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Schedule">The schedule.</param>
public sealed record FlowScheduleEntry(string Path, string Name, FlowSchedule Schedule)
{
    /// <summary>Name of the schedule that has none.</summary>
    public const string Default = "default";

    /// <summary>All schedules of a flow.</summary>
    public static IEnumerable<FlowScheduleEntry> Of(FlowSpec spec)
    {
        if (spec.Schedule is { } schedule)
            yield return new("spec.schedule", Default, schedule);
        for (var i = 0; i < (spec.Schedules?.Count ?? 0); i++)
            yield return new($"spec.schedules[{i}]", spec.Schedules![i].Name, spec.Schedules[i]);
    }
}
