using System.Text.Json.Nodes;

namespace Slipway.Api.Schemas;

/// <summary>
/// Holds a value against a schema: types, required properties, enumerations, formats and value rules.
/// Unknown fields are not its business (see <see cref="UnknownFields"/>).
/// </summary>
public static class SchemaValidator
{
    /// <summary>What is wrong with the value, with paths; empty when it is valid.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="value">The value.</param>
    /// <param name="path">Path of the value within its document; empty for the document itself.</param>
    public static List<StatusCause> Validate(Schema schema, JsonNode? value, string path = "")
    {
        var causes = new List<StatusCause>();
        new SchemaValidation(causes, schema.IsBuiltIn).Visit(schema, value, path, path.Length == 0, false);
        return causes;
    }
}
