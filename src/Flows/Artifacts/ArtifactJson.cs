using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Slipway.Flows;

/// <summary>JSON metadata of documents that are not Kubernetes objects.</summary>
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(JsonArray))]
internal sealed partial class ArtifactJson : JsonSerializerContext;
