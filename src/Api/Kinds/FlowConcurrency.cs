using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>How many runs of a flow are under way at the same time, and what becomes of one more.</summary>
public sealed class FlowConcurrency
{
    public const string Queue = "Queue";
    public const string Replace = "Replace";
    public const string Forbid = "Forbid";

    /// <summary>How many runs.</summary>
    [JsonPropertyName("limit"), Field(Required = true, Minimum = 1)]
    public int Limit { get; set; }

    /// <summary>
    /// What becomes of one more: Queue (the default), it waits, the oldest first; Replace, the oldest that is under way is stopped; Forbid, the new one has failed.
    /// </summary>
    [JsonPropertyName("policy"), Field(Enum = [Queue, Replace, Forbid])]
    public string? Policy { get; set; }
}

/// <summary>A lock that an attempt holds as long as its pod is there: no more hold it at a time than it has slots, over all flows of the namespace.</summary>
public sealed class TaskLock
{
    /// <summary>Name of the lock.</summary>
    [JsonPropertyName("name"), Field(Required = true, Pattern = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", MaxLength = 63)]
    public string Name { get; set; } = "";

    /// <summary>How many can hold it when this task starts; 1 if not given.</summary>
    [JsonPropertyName("slots"), Field(Minimum = 1)]
    public int? Slots { get; set; }
}
