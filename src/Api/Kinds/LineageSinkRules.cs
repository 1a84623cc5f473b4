using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Api.Kinds;

/// <summary>What a LineageSink must fulfil beyond its schema.</summary>
public static class LineageSinkRules
{
    /// <summary>The causes to refuse a document.</summary>
    public static IReadOnlyList<StatusCause> Validate(JsonObject document)
    {
        LineageSink? sink;
        try
        {
            sink = document.Deserialize(KindsJson.Default.LineageSink);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return []; // of a type that the schema refuses by itself
        }

        var causes = new List<StatusCause>();
        FlowNotificationRules.Check("spec", sink?.Spec, causes);
        return causes;
    }
}
