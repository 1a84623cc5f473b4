using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>
/// That what an earlier attempt left is taken, and the command not run again, when all that the result depends on is the same: the image by
/// digest, command, variables, inputs by content, item, and the run's parameters and interval.
/// </summary>
public sealed class TaskCache
{
    /// <summary>Results of the same task of the same flow are taken.</summary>
    public const string FlowScope = "flow";

    /// <summary>Results of any task of the namespace are taken.</summary>
    public const string NamespaceScope = "namespace";

    /// <summary>Whose results are taken: flow, those of this task in runs of its flow, or namespace, those of any task; flow if not given.</summary>
    [JsonPropertyName("scope"), Field(Enum = [FlowScope, NamespaceScope])]
    public string? Scope { get; set; }

    /// <summary>How old a result may be, such as 30d; any age if not given.</summary>
    [JsonPropertyName("maxAge")]
    public string? MaxAge { get; set; }

    /// <summary>
    /// What the result depends on in place of the run's parameters and interval, such as ${{ params.since }}; an empty text if on nothing
    /// beyond image, command, variables, inputs and item.
    /// </summary>
    [JsonPropertyName("key")]
    public string? Key { get; set; }
}
