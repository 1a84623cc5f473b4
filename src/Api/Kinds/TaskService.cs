using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>
/// Makes a task one that others reach over the network while it runs, such as a database: what needs it begins when it is ready, and it is ended when all of
/// that has ended.
/// </summary>
public sealed class TaskService
{
    /// <summary>TCP port that the command listens on. The task is ready when it takes connections; others of its ports can be reached, too.</summary>
    [JsonPropertyName("port"), Field(Required = true, Minimum = 1, Maximum = 65535)]
    public int Port { get; set; }

    /// <summary>Path of an HTTP endpoint at the port, such as /healthz: the task is ready when it answers with a status from 200 to 399.</summary>
    [JsonPropertyName("readyPath"), Field(Pattern = "^/")]
    public string? ReadyPath { get; set; }
}
