using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>A task that waits for a person.</summary>
public sealed class TaskApprove
{
    /// <summary>What is asked; may hold expressions.</summary>
    [JsonPropertyName("message"), Field(MaxLength = 1000)]
    public string? Message { get; set; }
}

/// <summary>What a person has decided on a task with approve.</summary>
public sealed class TaskApproval
{
    /// <summary>The task by its path in the run, such as publish or days[1].publish.</summary>
    [JsonPropertyName("task"), Field(Required = true, MinLength = 1)]
    public string Task { get; set; } = "";

    /// <summary>Whether the run goes on; otherwise the task has failed.</summary>
    [JsonPropertyName("approved"), Field(Required = true)]
    public bool Approved { get; set; }

    /// <summary>Who has decided, as the cluster knows them; set by the server, whatever is given.</summary>
    [JsonPropertyName("by"), Field(Required = true, MinLength = 1, MaxLength = 1024)]
    public string By { get; set; } = "";

    /// <summary>When; set by the server.</summary>
    [JsonPropertyName("at"), JsonConverter(typeof(PreciseTimeConverter)), Field(Required = true)]
    public DateTime? At { get; set; }

    /// <summary>Why.</summary>
    [JsonPropertyName("message"), Field(MaxLength = 1000)]
    public string? Message { get; set; }
}

/// <summary>The end of a run before all is done.</summary>
public sealed class RunStop
{
    /// <summary>Who has stopped it, as the cluster knows them; set by the server, whatever is given.</summary>
    [JsonPropertyName("by"), Field(Required = true, MinLength = 1, MaxLength = 1024)]
    public string By { get; set; } = "";

    /// <summary>When; set by the server.</summary>
    [JsonPropertyName("at"), JsonConverter(typeof(PreciseTimeConverter)), Field(Required = true)]
    public DateTime? At { get; set; }

    /// <summary>Why.</summary>
    [JsonPropertyName("message"), Field(MaxLength = 1000)]
    public string? Message { get; set; }
}
