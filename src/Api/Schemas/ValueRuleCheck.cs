using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>Checks the value validations of a schema: bounds, lengths, patterns and logical junctions.</summary>
internal sealed class ValueRuleCheck(List<StatusCause> causes, bool isBuiltIn)
{
    public void Visit(ValueRules rules, JsonNode value, string path)
    {
        switch (value)
        {
            case JsonArray list: CheckCount(list.Count, rules.MinItems, rules.MaxItems, path, "items"); break;
            case JsonObject map: CheckCount(map.Count, rules.MinProperties, rules.MaxProperties, path, "properties"); break;
            case JsonValue when value.GetValueKind() == JsonValueKind.Number: CheckNumber(rules, value, path); break;
            case JsonValue when value.AsText() is { } text: CheckText(rules, text, path); break;
        }
        if (rules.UniqueItems && value is JsonArray items) ListUniqueness.CheckSet(items, path, causes);

        foreach (var each in rules.AllOf) causes.AddRange(Findings(each, value, path));
        if (rules.AnyOf.Count > 0 && !rules.AnyOf.Any(s => Findings(s, value, path).Count == 0))
            Refuse(path, value, "must validate at least one schema (anyOf)");
        if (rules.OneOf.Count > 0 && rules.OneOf.Count(s => Findings(s, value, path).Count == 0) != 1)
            Refuse(path, value, "must validate one and only one schema (oneOf)");
        if (rules.Not is { } not && Findings(not, value, path).Count == 0)
            Refuse(path, value, "must not validate the schema (not)");
    }

    private List<StatusCause> Findings(Schema schema, JsonNode value, string path)
    {
        var findings = new List<StatusCause>();
        new SchemaValidation(findings, isBuiltIn).Visit(schema, value, path, false, false);
        return findings;
    }

    private void CheckNumber(ValueRules rules, JsonNode value, string path)
    {
        if (!decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            number = value.ToJsonString().StartsWith('-') ? decimal.MinValue : decimal.MaxValue;
        if (rules.Minimum is { } min && (rules.ExclusiveMinimum ? number <= min : number < min))
            Refuse(path, value, $"should be greater than {(rules.ExclusiveMinimum ? "" : "or equal to ")}{Show(min)}");
        if (rules.Maximum is { } max && (rules.ExclusiveMaximum ? number >= max : number > max))
            Refuse(path, value, $"should be less than {(rules.ExclusiveMaximum ? "" : "or equal to ")}{Show(max)}");
        if (rules.MultipleOf is { } step && step != 0 && number % step != 0)
            Refuse(path, value, $"should be a multiple of {Show(step)}");
    }

    private void CheckText(ValueRules rules, string text, string path)
    {
        // Lengths count characters as Unicode does, not UTF-16 units.
        var length = text.EnumerateRunes().Count();
        if (length < rules.MinLength) Refuse(path, text, $"should be at least {rules.MinLength} chars long");
        if (length > rules.MaxLength) causes.Add(new("FieldValueTooLong", path, $"Too long: may not be more than {rules.MaxLength} bytes"));
        if (rules.Pattern is { } pattern && !Patterns.IsMatch(pattern, text)) Refuse(path, text, $"should match '{pattern}'");
    }

    private void CheckCount(int count, int? min, int? max, string path, string what)
    {
        if (count < min) causes.Add(StatusCause.Invalid(path, count.ToString(CultureInfo.InvariantCulture), $"{path} in body should have at least {min} {what}"));
        if (count > max) causes.Add(new("FieldValueTooMany", path, $"Too many: {count}: must have at most {max} {what}"));
    }

    private void Refuse(string path, JsonNode value, string detail) =>
        causes.Add(StatusCause.Invalid(path, value is JsonObject or JsonArray ? (value is JsonObject ? "\"object\"" : "\"array\"") : value.Shown(), $"{path} in body {detail}"));

    private static string Show(decimal number) => number.ToString("0.############################", CultureInfo.InvariantCulture);
}
