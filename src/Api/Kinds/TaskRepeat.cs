using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>Runs the task, or what it calls, again and again until a condition is true.</summary>
public sealed class TaskRepeat
{
    /// <summary>
    /// Condition in CEL, read when a round has succeeded: whether it was the last. It knows the round as values.NAME, files.NAME and
    /// iteration, such as values.loss &lt; 0.1 || iteration == 20.
    /// </summary>
    [JsonPropertyName("until"), Field(Required = true, MinLength = 1)]
    public string Until { get; set; } = "";

    /// <summary>The most rounds; the task fails if the condition is not true after them.</summary>
    [JsonPropertyName("limit"), Field(Required = true, Minimum = 1, Maximum = 10000)]
    public int Limit { get; set; }

    /// <summary>Wait between two rounds, such as 30s; none if not given.</summary>
    [JsonPropertyName("pause")]
    public string? Pause { get; set; }
}
