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

    /// <summary>
    /// What is wrong with a custom resource, as <see cref="Validate"/> says it, but for what was wrong before and has not changed
    /// (<see href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting"/>).
    /// </summary>
    public static List<StatusCause> ValidateChange(Schema schema, JsonObject document, JsonObject old)
    {
        var causes = new List<StatusCause>();
        new SchemaValidation(causes, schema.IsBuiltIn).Visit(schema, document, "", true, false, old);
        return causes;
    }

    /// <summary>
    /// What the rules of a custom resource (<c>x-kubernetes-validations</c>) refuse, and what they would refuse if it had not
    /// been there before. Bounded in time, whatever the rules are.
    /// </summary>
    /// <param name="schema">The schema of the resource.</param>
    /// <param name="document">The document.</param>
    /// <param name="old">The document before, in the same version; null for a new one.</param>
    /// <param name="found">What is wrong by the rest of the schema; with some of it, the rules are not evaluated.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    /// <exception cref="OperationCanceledException">It was ended; nothing can be said of the document.</exception>
    public static (IReadOnlyList<StatusCause> Causes, IReadOnlyList<StatusCause> Warnings) EvaluateRules(
        Schema schema, JsonObject document, JsonObject? old, IReadOnlyList<StatusCause> found, CancellationToken cancellation = default)
    {
        if (schema.CompiledRules?.Value is not { } rules) return ([], []);
        if (found.Any(c => c.Reason is "FieldValueNotSupported" or "FieldValueRequired" or "FieldValueTooLong" or "FieldValueTooMany" or "FieldValueTypeInvalid"))
            return ([StatusCause.Invalid("<nil>", "null", "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation")], []);
        var evaluation = new RuleEvaluation(cancellation);
        evaluation.Run(rules, document, old);
        return (evaluation.Causes, evaluation.Warnings);
    }
}
