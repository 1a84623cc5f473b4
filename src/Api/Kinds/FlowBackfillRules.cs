using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Kinds;

/// <summary>What a FlowBackfill must fulfil beyond its schema.</summary>
public static class FlowBackfillRules
{
    /// <summary>The most characters of a backfill's name: runs carry it as a label.</summary>
    public const int NameLimit = 63;

    /// <summary>The causes to refuse a document.</summary>
    public static IReadOnlyList<StatusCause> Validate(JsonObject document)
    {
        var causes = new List<StatusCause>();
        if (document.Object("metadata")?.Text("name") is { Length: > NameLimit } name)
            causes.Add(StatusCause.Invalid("metadata.name", $"\"{name}\"", $"must be no more than {NameLimit} characters"));
        if (document.Object("spec") is { } spec)
        {
            var (from, to) = (PreciseTimeConverter.Read(spec["from"], "spec.from", causes), PreciseTimeConverter.Read(spec["to"], "spec.to", causes));
            if (from >= to)
                causes.Add(StatusCause.Invalid("spec.to", spec["to"].Shown(), "must be later than from"));
        }
        return causes;
    }

    /// <summary>The causes to refuse a change: what a backfill runs is fixed when it is created.</summary>
    public static IReadOnlyList<StatusCause> ValidateUpdate(JsonObject before, JsonObject after) =>
        JsonNode.DeepEquals(before["spec"], after["spec"]) ? [] : [StatusCause.Forbidden("spec", "a backfill cannot be changed; delete it and make another one: what has been run is not run again")];
}
