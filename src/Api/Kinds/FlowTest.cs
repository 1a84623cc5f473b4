using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Slipway.Api.Kinds;

/// <summary>A test of a flow: what stands for some of its tasks, and what must hold at the end. <c>slipway test</c> runs it; the cluster does nothing with it.</summary>
[KubernetesEntity(Group = CustomKindAttribute.Group, ApiVersion = CustomKindAttribute.Version, Kind = "FlowTest", PluralName = "flowtests")]
[CustomKind("flowtests", Categories = ["slipway"])]
[PrinterColumn("Flow", "string", ".spec.flow")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class FlowTest : IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc/>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "slipway.dev/v1alpha1";

    /// <inheritdoc/>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "FlowTest";

    /// <inheritdoc/>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>The test.</summary>
    [JsonPropertyName("spec"), Field(Required = true)]
    public FlowTestSpec Spec { get; set; } = new();
}

/// <summary>What a test gives to a flow, and what it expects of it.</summary>
public sealed class FlowTestSpec
{
    /// <summary>Name of the flow.</summary>
    [JsonPropertyName("flow"), Field(Required = true, MinLength = 1)]
    public string Flow { get; set; } = "";

    /// <summary>Values of the flow's parameters; those left out have their defaults.</summary>
    [JsonPropertyName("params")]
    public Dictionary<string, JsonNode?>? Params { get; set; }

    /// <summary>The interval of data of the run.</summary>
    [JsonPropertyName("interval")]
    public DataInterval? Interval { get; set; }

    /// <summary>What stands for tasks in place of being run, by their paths: ingest, clean[3], etl.clean.</summary>
    [JsonPropertyName("fakes")]
    public Dictionary<string, TaskFake>? Fakes { get; set; }

    /// <summary>What the run must come to: Succeeded if not given.</summary>
    [JsonPropertyName("phase"), Field(Enum = [FlowPhase.Succeeded, FlowPhase.Failed])]
    public string? Phase { get; set; }

    /// <summary>Conditions in CEL that must be true when the run has ended. They know what tasks of always know: tasks, params, run and outcome.</summary>
    [JsonPropertyName("checks"), Field(MaxLength = 200)]
    public List<string>? Checks { get; set; }
}
