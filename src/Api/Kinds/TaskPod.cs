using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>A taint that the pod bears, as in a pod.</summary>
public sealed class TaskToleration
{
    /// <summary>Key of the taint; any if not given.</summary>
    [JsonPropertyName("key")]
    public string? Key { get; set; }

    /// <summary>Equal (the default) or Exists.</summary>
    [JsonPropertyName("operator")]
    public string? Operator { get; set; }

    /// <summary>Value of the taint, for Equal.</summary>
    [JsonPropertyName("value")]
    public string? Value { get; set; }

    /// <summary>NoSchedule, PreferNoSchedule or NoExecute; any if not given.</summary>
    [JsonPropertyName("effect")]
    public string? Effect { get; set; }

    /// <summary>For NoExecute: how many seconds the pod bears the taint.</summary>
    [JsonPropertyName("tolerationSeconds")]
    public long? TolerationSeconds { get; set; }
}

/// <summary>All keys of a Secret or ConfigMap as variables; one of the two.</summary>
public sealed class TaskEnvironmentFrom
{
    /// <summary>Name of the Secret.</summary>
    [JsonPropertyName("secret")]
    public string? Secret { get; set; }

    /// <summary>Name of the ConfigMap.</summary>
    [JsonPropertyName("configMap")]
    public string? ConfigMap { get; set; }

    /// <summary>What the names of the variables begin with, before the key.</summary>
    [JsonPropertyName("prefix")]
    public string? Prefix { get; set; }

    /// <summary>Whether the task runs without them when the object does not exist; otherwise it waits.</summary>
    [JsonPropertyName("optional")]
    public bool? Optional { get; set; }
}

/// <summary>A directory with the keys of a Secret or ConfigMap, with a claim's volume, or with a volume of the run; one of the four.</summary>
public sealed class TaskMount
{
    /// <summary>Where: an absolute path, outside of /in, /out and /slipway.</summary>
    [JsonPropertyName("path"), Field(Required = true, Pattern = "^/.+$")]
    public string Path { get; set; } = "";

    /// <summary>Name of the Secret.</summary>
    [JsonPropertyName("secret")]
    public string? Secret { get; set; }

    /// <summary>Name of the ConfigMap.</summary>
    [JsonPropertyName("configMap")]
    public string? ConfigMap { get; set; }

    /// <summary>Name of the PersistentVolumeClaim.</summary>
    [JsonPropertyName("claim")]
    public string? Claim { get; set; }

    /// <summary>Name of a volume of the run, one of spec.volumes.</summary>
    [JsonPropertyName("volume")]
    public string? Volume { get; set; }

    /// <summary>Of a claim or volume: the directory in it to mount, which is made if it is not there; the whole if not given. May hold expressions.</summary>
    [JsonPropertyName("subPath"), Field(MinLength = 1)]
    public string? SubPath { get; set; }

    /// <summary>Whether nothing can be written; Secrets and ConfigMaps never can.</summary>
    [JsonPropertyName("readOnly")]
    public bool? ReadOnly { get; set; }

    /// <summary>Whether the directory is empty when the Secret or ConfigMap does not exist; otherwise the task waits.</summary>
    [JsonPropertyName("optional")]
    public bool? Optional { get; set; }
}

/// <summary>
/// A container that runs beside the command, such as a database: it starts before and ends after it, and shares its network, mounts and
/// resources apart.
/// </summary>
public sealed class TaskSidecar
{
    /// <summary>Name within the task.</summary>
    [JsonPropertyName("name"), Field(Required = true, Pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", MaxLength = 40)]
    public string Name { get; set; } = "";

    /// <summary>Image of the container.</summary>
    [JsonPropertyName("image"), Field(Required = true, MinLength = 1)]
    public string Image { get; set; } = "";

    /// <summary>The program; the image's entrypoint if not given.</summary>
    [JsonPropertyName("command")]
    public List<string>? Command { get; set; }

    /// <summary>Its arguments; the image's if neither these nor command are given.</summary>
    [JsonPropertyName("args")]
    public List<string>? Args { get; set; }

    /// <summary>Environment variables.</summary>
    [JsonPropertyName("env"), Field(ListMapKey = "name")]
    public List<TaskEnvironment>? Env { get; set; }

    /// <summary>The TCP port that answers when the sidecar is ready: the command starts then. At once if not given.</summary>
    [JsonPropertyName("readyPort"), Field(Minimum = 1, Maximum = 65535)]
    public int? ReadyPort { get; set; }

    /// <summary>What the container may use.</summary>
    [JsonPropertyName("resources")]
    public TaskResources? Resources { get; set; }
}

/// <summary>One of several commands that run one after the other in one pod.</summary>
public sealed class TaskStep
{
    /// <summary>Name within the task.</summary>
    [JsonPropertyName("name"), Field(Required = true, Pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", MaxLength = 40)]
    public string Name { get; set; } = "";

    /// <summary>Image of the container; the task's if not given.</summary>
    [JsonPropertyName("image"), Field(MinLength = 1)]
    public string? Image { get; set; }

    /// <summary>The program and its arguments.</summary>
    [JsonPropertyName("command"), Field(Required = true, MinLength = 1)]
    public List<string> Command { get; set; } = [];
}
