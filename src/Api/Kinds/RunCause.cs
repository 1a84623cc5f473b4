using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>Who has started a run, and why. Admission writes the user who creates the run; the controllers of flows name what has started theirs.</summary>
public sealed class RunCause
{
    public const string User = "User";
    public const string Schedule = "Schedule";
    public const string Backfill = "Backfill";
    public const string Trigger = "Trigger";
    public const string Rerun = "Rerun";
    public const string Test = "Test";

    /// <summary>User, Schedule, Backfill, Trigger, Rerun or Test.</summary>
    [JsonPropertyName("type"), Field(Required = true, Enum = [User, Schedule, Backfill, Trigger, Rerun, Test])]
    public string Type { get; set; } = "";

    /// <summary>The user; name of the schedule, backfill or trigger.</summary>
    [JsonPropertyName("by")]
    public string? By { get; set; }

    /// <summary>Why, in one line.</summary>
    [JsonPropertyName("message")]
    public string? Message { get; set; }

    /// <summary>The cause of a run; of one that does not say it, that somebody has created it, and with what program.</summary>
    public static RunCause Of(FlowRun run) => run.Spec.Cause ?? new RunCause
    {
        Type = run.Spec.Rerun is not null ? Rerun : User,
        Message = run.Metadata.ManagedFields is [{ Manager: { Length: > 0 } manager }, ..] ? $"created with {manager}" : null,
    };
}
