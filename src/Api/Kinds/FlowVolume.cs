using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>
/// Storage that tasks of a run share, one claim for each run, made when the first task that mounts it starts. Where another flow calls this one, each call
/// has its own.
/// </summary>
public sealed class FlowVolume
{
    /// <summary>Name within the flow, by which tasks mount it.</summary>
    [JsonPropertyName("name"), Field(Required = true, Pattern = "^[a-z]([-a-z0-9]*[a-z0-9])?$", MaxLength = 40)]
    public string Name { get; set; } = "";

    /// <summary>How much storage the claim asks for, such as 10Gi.</summary>
    [JsonPropertyName("size"), JsonConverter(typeof(ScalarTextConverter)), Field(Required = true, IntOrString = true)]
    public string Size { get; set; } = "";

    /// <summary>How it can be mounted, as in a PersistentVolumeClaim; ReadWriteOnce if not given.</summary>
    [JsonPropertyName("accessModes"), Field(MinLength = 1)]
    public List<string>? AccessModes { get; set; }

    /// <summary>The StorageClass; the cluster's default if not given.</summary>
    [JsonPropertyName("storageClassName")]
    public string? StorageClassName { get; set; }

    /// <summary>
    /// How long it is kept: WithRun (the default), until the FlowRun is deleted; UntilEnd, until the run has ended, with the pods that mounted it; Always,
    /// until somebody deletes the claim.
    /// </summary>
    [JsonPropertyName("keep"), Field(Enum = [VolumeKeep.WithRun, VolumeKeep.UntilEnd, VolumeKeep.Always])]
    public string? Keep { get; set; }
}

/// <summary>How long a volume of a run is kept.</summary>
public static class VolumeKeep
{
    /// <summary>Until the FlowRun is deleted.</summary>
    public const string WithRun = "WithRun";

    /// <summary>Until the run has ended.</summary>
    public const string UntilEnd = "UntilEnd";

    /// <summary>Until somebody deletes the claim.</summary>
    public const string Always = "Always";
}
