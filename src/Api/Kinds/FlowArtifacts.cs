using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>Where what tasks leave is kept.</summary>
public sealed class FlowArtifacts
{
    /// <summary>
    /// Name of an ArtifactStore of the namespace. If not given, the namespace's default one; if there is none, the node keeps what its tasks leave. A run keeps to
    /// the store that it began with.
    /// </summary>
    [JsonPropertyName("store"), Field(MinLength = 1)]
    public string? Store { get; set; }
}
