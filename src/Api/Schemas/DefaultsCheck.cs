using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>The defaults of a structural schema must themselves be valid and hold no unknown field.</summary>
internal sealed class DefaultsCheck(List<StatusCause> causes)
{
    public void Visit(JsonObject schema, string path)
    {
        if (schema["default"] is { } value)
        {
            var parsed = StructuralSchema.Read(schema);
            var wrong = SchemaValidator.Validate(parsed, value, $"{path}.default");
            causes.AddRange(wrong.Count > 0 ? wrong : ByRules(parsed, value, $"{path}.default"));
            if (value is JsonObject document)
            {
                var pruned = (JsonObject)document.DeepClone();
                Pruner.Prune(parsed, pruned);
                if (!JsonNode.DeepEquals(pruned, document)) causes.Add(StatusCause.Invalid($"{path}.default", "\"object\"", "must not have unknown fields"));
            }
        }
        foreach (var (name, property) in schema.Object("properties") ?? [])
            if (property is JsonObject inner) Visit(inner, $"{path}.properties[{name}]");
        if (schema["additionalProperties"] is JsonObject additional) Visit(additional, $"{path}.additionalProperties");
        if (schema.Object("items") is { } items) Visit(items, $"{path}.items");
    }

    private static List<StatusCause> ByRules(Schema schema, JsonNode value, string path)
    {
        if (RuleTree.OfValue(schema) is not { } rules) return [];
        var evaluation = new RuleEvaluation(CancellationToken.None);
        evaluation.RunOnDefault(rules, value, path);
        return evaluation.Causes;
    }
}
