using System.Text.Json.Nodes;

namespace Slipway.Api.Schemas;

/// <summary>A field that its schema does not declare.</summary>
/// <param name="Path">Its path, such as <c>spec.containers[0].imagePulPolicy</c>.</param>
/// <param name="NearestKnownName">The declared name it most resembles, if any does.</param>
public readonly record struct UnknownField(string Path, string? NearestKnownName)
{
    /// <summary>The sentence of strict decoding, as clients know it, with a hint.</summary>
    public override string ToString() => new StrictError(this).ToString();
}

/// <summary>Finds the fields of a document that its schema does not declare.</summary>
public static class UnknownFields
{
    // As in Kubernetes: more do not help whoever reads them.
    private const int Most = 100;

    /// <summary>The unknown fields in document order, a hundred at most.</summary>
    public static IReadOnlyList<UnknownField> Find(Schema schema, JsonObject document)
    {
        var found = new List<UnknownField>();
        Visit(schema, document, "", false, found);
        return found;
    }

    /// <summary>The refusal of strict field validation: 400 with one sentence that names every field.</summary>
    public static ApiException Refusal(IReadOnlyCollection<UnknownField> fields) => ApiException.BadRequest($"strict decoding error: {StrictErrors.Text([.. fields.Select(f => new StrictError(f))])}");

    private static void Visit(Schema schema, JsonNode? node, string path, bool keeps, List<UnknownField> found)
    {
        keeps |= schema.PreserveUnknownFields;
        if (node is JsonArray list && schema.ItemsOrUndeclared(keeps) is { } items)
        {
            for (var i = 0; i < list.Count; i++) Visit(items, list[i], $"{path}[{i}]", keeps, found);
            return;
        }
        if (node is not JsonObject document || (schema.Type is not null and not "object")) return;
        foreach (var (name, value) in document)
        {
            if (found.Count == Most) return;
            var inner = path.Length == 0 ? name : $"{path}.{name}";
            if (schema.Find(name, path.Length == 0) is { } field) Visit(field, value, inner, false, found);
            else if (!keeps && schema.AdditionalProperties is null) found.Add(new(inner, NearestName.Of(name, schema.Properties.Keys)));
        }
    }
}
