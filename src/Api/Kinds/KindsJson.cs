using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>Source-generated JSON metadata of Slipway's own kinds.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Flow))]
[JsonSerializable(typeof(FlowRun))]
[JsonSerializable(typeof(Dictionary<string, FlowSpec>))]
[JsonSerializable(typeof(FlowBackfill))]
[JsonSerializable(typeof(FlowTest))]
[JsonSerializable(typeof(LineageSink))]
[JsonSerializable(typeof(DeclaredArtifactStore))]
public sealed partial class KindsJson : JsonSerializerContext;
