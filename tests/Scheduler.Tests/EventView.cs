using System.Text.Json.Serialization;
using k8s;
using k8s.Models;
using Slipway.Client;

namespace Slipway.Scheduler.Tests;

[KubernetesEntity(Group = "", Kind = "Event", ApiVersion = "v1", PluralName = "events")]
internal sealed class EventView : IKubernetesObject<V1ObjectMeta>
{
    public static readonly Resource<EventView> Resource = new KindSet(EventJson.Default).Namespaced<EventView>();

    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public string? Reason { get; set; }
    public string? Message { get; set; }
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(EventView))]
internal sealed partial class EventJson : JsonSerializerContext;
