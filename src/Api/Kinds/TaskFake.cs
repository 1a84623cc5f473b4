using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>What stands in a test for the attempts of a task: how they end, and what they leave.</summary>
public sealed class TaskFake
{
    /// <summary>Values by name, of any JSON; expressions in their texts know what those of the task know.</summary>
    [JsonPropertyName("values")]
    public Dictionary<string, JsonNode?>? Values { get; set; }

    /// <summary>
    /// Texts of files by name, and of directories the texts of the files in them by their paths; may hold expressions. A file that the task declares and that is not here is empty.
    /// </summary>
    [JsonPropertyName("files")]
    public Dictionary<string, JsonNode?>? Files { get; set; }

    /// <summary>Exit code of attempts that fail, from 1 to 255; without it and a reason, attempts succeed.</summary>
    [JsonPropertyName("exitCode"), Field(Minimum = 1, Maximum = 255)]
    public int? ExitCode { get; set; }

    /// <summary>Reason of attempts that fail, such as OutOfMemory, Timeout or NodeLost; Error if only an exit code is given.</summary>
    [JsonPropertyName("reason"), Field(MinLength = 1)]
    public string? Reason { get; set; }

    /// <summary>How many attempts fail before one succeeds; all if not given.</summary>
    [JsonPropertyName("failures"), Field(Minimum = 1)]
    public int? Failures { get; set; }

    /// <summary>Whether the attempt of a number, from 1, fails.</summary>
    public bool Fails(int attempt) => (ExitCode is not null || Reason is not null) && attempt <= (Failures ?? int.MaxValue);

    /// <summary>
    /// The fake for a place in a run; null if there is none. Keys are paths: <c>clean</c> is for all items and rounds, <c>clean[3]</c> for one, and so in
    /// calls. Of several the one that says the most counts.
    /// </summary>
    public static TaskFake? Find(IReadOnlyDictionary<string, TaskFake>? fakes, TaskPath path) => (fakes ?? new Dictionary<string, TaskFake>())
        .Where(f => TaskPath.TryParse(f.Key) is { } key && key.Task == path.Task && key.Covers(path))
        .OrderByDescending(f => f.Key.Length).Select(f => f.Value).FirstOrDefault();
}
