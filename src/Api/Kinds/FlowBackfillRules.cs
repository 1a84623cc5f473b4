using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Api.Kinds;

/// <summary>What a FlowBackfill must fulfil beyond its schema.</summary>
public static class FlowBackfillRules
{
    /// <summary>The most characters of a backfill's name: runs carry it as a label.</summary>
    public const int NameLimit = 63;

    /// <summary>The causes to refuse a document.</summary>
    public static IReadOnlyList<StatusCause> Validate(JsonObject document)
    {
        FlowBackfill? backfill;
        try
        {
            backfill = document.Deserialize(KindsJson.Default.FlowBackfill);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return []; // of a type that the schema refuses by itself
        }

        var causes = new List<StatusCause>();
        if (backfill?.Metadata?.Name is { Length: > NameLimit } name)
            causes.Add(StatusCause.Invalid("metadata.name", $"\"{name}\"", $"must be no more than {NameLimit} characters"));
        if (backfill?.Spec is { From: { } from, To: { } to } && from >= to)
            causes.Add(StatusCause.Invalid("spec.to", $"\"{(string?)document["spec"]!["to"]}\"", "must be later than from"));
        return causes;
    }

    /// <summary>The causes to refuse a change: what a backfill runs is fixed when it is created.</summary>
    public static IReadOnlyList<StatusCause> ValidateUpdate(JsonObject before, JsonObject after) =>
        JsonNode.DeepEquals(before["spec"], after["spec"]) ? [] : [StatusCause.Forbidden("spec", "a backfill cannot be changed; delete it and make another one: what has been run is not run again")];
}
