using System.Text.Json.Serialization;
using k8s.Models;

namespace Slipway.Client;

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(PartialObjectMetadata))]
[JsonSerializable(typeof(Corev1Event))]
internal sealed partial class ClientJson : JsonSerializerContext;

/// <summary>The kinds that the client itself reads and writes.</summary>
internal static class ClientKinds
{
    public static readonly KindSet Set = new(ClientJson.Default);
    public static readonly Resource<Corev1Event> Events = Set.Namespaced<Corev1Event>();
}
