using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>How long what runs of a flow leave is kept after their end. What is not given is kept for good, and runs as their history limits say.</summary>
public sealed class FlowRetention
{
    /// <summary>
    /// Files and values, such as 30d; then they go, unless another run whose time is not over has made or read the same content. Their
    /// hashes stay in the records.
    /// </summary>
    [JsonPropertyName("artifacts")]
    public string? Artifacts { get; set; }

    /// <summary>Logs, such as 14d.</summary>
    [JsonPropertyName("logs")]
    public string? Logs { get; set; }

    /// <summary>Ended runs as objects, with their pods, such as 7d, whatever has started them; history limits count as well. Their records stay.</summary>
    [JsonPropertyName("runs")]
    public string? Runs { get; set; }

    /// <summary>The records of runs and attempts, such as 365d, with all that belongs to them.</summary>
    [JsonPropertyName("records")]
    public string? Records { get; set; }
}
