using System.Text.Json.Serialization;
using k8s;
using k8s.Models;
using Slipway.Client;

namespace Slipway.Testing;

/// <summary>An event reduced to what it says.</summary>
[KubernetesEntity(Group = "", Kind = "Event", ApiVersion = "v1", PluralName = "events")]
public sealed class EventView : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Events.</summary>
    public static readonly Resource<EventView> Resource = new KindSet(EventJson.Default).Namespaced<EventView>();

    /// <inheritdoc/>
    public string? ApiVersion { get; set; }

    /// <inheritdoc/>
    public string? Kind { get; set; }

    /// <inheritdoc/>
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>Why, in one word.</summary>
    public string? Reason { get; set; }

    /// <summary>What happened.</summary>
    public string? Message { get; set; }
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(EventView))]
internal sealed partial class EventJson : JsonSerializerContext;
