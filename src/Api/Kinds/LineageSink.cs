using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Slipway.Api.Kinds;

/// <summary>
/// Where events of OpenLineage about runs of flows are sent to. One in the namespace kube-system is for flows of all namespaces, any other for those of its own.
/// </summary>
[KubernetesEntity(Group = CustomKindAttribute.Group, ApiVersion = CustomKindAttribute.Version, Kind = "LineageSink", PluralName = "lineagesinks")]
[CustomKind("lineagesinks", Categories = ["slipway"])]
[PrinterColumn("Ready", "string", ".status.conditions[?(@.type=='Ready')].status")]
[PrinterColumn("Reason", "string", ".status.conditions[?(@.type=='Ready')].reason")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class LineageSink : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>The namespace whose sinks are for the flows of all namespaces.</summary>
    public const string ClusterNamespace = "kube-system";

    /// <inheritdoc/>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = "slipway.dev/v1alpha1";

    /// <inheritdoc/>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "LineageSink";

    /// <inheritdoc/>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>Where to, and what of.</summary>
    [JsonPropertyName("spec"), Field(Required = true)]
    public LineageSinkSpec Spec { get; set; } = new();

    /// <summary>Whether events are taken.</summary>
    [JsonPropertyName("status")]
    public LineageSinkStatus? Status { get; set; }

    /// <summary>Whether runs of a flow are told to it.</summary>
    public bool IsToldOf(string ns, string flow) =>
        (Metadata.NamespaceProperty == ns || Metadata.NamespaceProperty == ClusterNamespace) && (Spec.Flows is null || Spec.Flows.Contains(flow));
}

/// <summary>Where events are sent to, and what of.</summary>
public sealed class LineageSinkSpec : NotificationTarget
{
    /// <summary>What the namespaces of jobs and datasets begin with in events, before a slash and the namespace here: how this cluster is called; slipway if not given.</summary>
    [JsonPropertyName("instance"), Field(Pattern = "^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$", MaxLength = 100)]
    public string? Instance { get; set; }

    /// <summary>The key of a Secret of the namespace that holds a token, which is sent as Authorization: Bearer.</summary>
    [JsonPropertyName("tokenFrom")]
    public TaskKeyReference? TokenFrom { get; set; }

    /// <summary>Names of the flows that are told; all if not given.</summary>
    [JsonPropertyName("flows"), Field(MinLength = 1, MaxLength = 1000)]
    public List<string>? Flows { get; set; }
}

/// <summary>Whether events are taken.</summary>
public sealed class LineageSinkStatus
{
    /// <summary>Conditions: Ready says whether the last event was taken, and if not, why.</summary>
    [JsonPropertyName("conditions"), Field(ListMapKey = "type")]
    public List<V1Condition>? Conditions { get; set; }
}
