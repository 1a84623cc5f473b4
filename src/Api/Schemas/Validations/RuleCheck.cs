using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>
/// What is wrong with the rules of a definition's schema: what cannot be compiled, what may cost too much, and transition rules
/// where nothing can be compared. One walk for each version.
/// </summary>
internal sealed class RuleCheck(List<StatusCause> causes)
{
    /// <summary>Most cost of one expression, over all the values that it can be evaluated for.</summary>
    private const ulong ExpressionLimit = 10_000_000;

    /// <summary>Most cost of all expressions of a version.</summary>
    private const ulong TotalLimit = 100_000_000;

    private static readonly string[] Reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

    private readonly List<(string Path, ulong Cost)> expensive = [];
    private ulong total;

    /// <summary>Checks the rules of a schema that is structural.</summary>
    public void Run(Schema root, string path)
    {
        if (!RuleTree.HasRules(root)) return;
        Visit(root, path, new Context(true, CelSchemaTypes.Of(root, true, "selfType")?.Type, 1, null));
        if (total <= TotalLimit) return;
        foreach (var (at, _) in expensive.OrderByDescending(e => e.Cost).Take(4))
            causes.Add(StatusCause.Forbidden(at, "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"));
        causes.Add(StatusCause.Forbidden(path, TooExpensive("estimated rule cost total for entire OpenAPIv3 schema", total, TotalLimit)));
    }

    private void Visit(Schema schema, string path, Context context)
    {
        if (!RuleTree.HasRules(schema)) return;
        if (schema.Validations.Count > 0) Rules(schema.Validations, schema, $"{path}.x-kubernetes-validations", context);
        var last = context.Type?.Parameters is [.., var part] ? part : null;
        foreach (var (name, property) in schema.Properties)
            Visit(property, $"{path}.properties[{name}]", new Context(property.EmbeddedResource, RuleTree.TypeOf(context.Type, name, property), context.Count, context.Uncorrelatable));

        if (schema.Items is { } items)
            Visit(items, $"{path}.items", new Context(items.EmbeddedResource, last, Times(context.Count, schema.Rules?.MaxItems), context.Uncorrelatable ?? (schema.ListType == "map" ? null : $"{path}.items")));
        if (schema.AdditionalProperties is { } values)
            Visit(values, $"{path}.additionalProperties", new Context(values.EmbeddedResource, last, Times(context.Count, schema.Rules?.MaxProperties), context.Uncorrelatable));
    }

    private void Rules(IReadOnlyList<ValidationRule> rules, Schema node, string path, Context context)
    {
        var before = causes.Count;
        for (var i = 0; i < rules.Count; i++) Texts(rules[i], node, $"{path}[{i}]");
        if (causes.Count > before) return;
        var compiled = CompiledRule.Compile(rules, node, context.Type);
        // How many such values fit into a request, where the schemas around them set no bound.
        var fitting = CelSchemaTypes.Of(node, context.IsRoot, "self")?.MaxCount ?? 1;
        for (var i = 0; i < rules.Count; i++)
        {
            var at = $"{path}[{i}]";
            if (compiled[i].Program is { } program) Cost("estimated rule cost", $"{at}.rule", CelCosts.Times(program.EstimateCost().Max, context.Count ?? fitting));
            if (compiled[i].Error is { } error) causes.Add(StatusCause.Invalid($"{at}.rule", rules[i].Json, error));
            if (compiled[i].MessageError is { } messageError) causes.Add(StatusCause.Invalid($"{at}.messageExpression", rules[i].Json, messageError));
            if (compiled[i].Message is { } message) Cost("estimated messageExpression cost", $"{at}.messageExpression", message.EstimateCost().Max);
            if (compiled[i].Program is null) continue;
            if (compiled[i].UsesOldSelf && context.Uncorrelatable is { } uncorrelatable)
                causes.Add(StatusCause.Invalid($"{at}.rule", Quoted(rules[i].Rule), $"oldSelf cannot be used on the uncorrelatable portion of the schema within {uncorrelatable}"));
            if (!compiled[i].UsesOldSelf && rules[i].OptionalOldSelf is { } optional)
                causes.Add(StatusCause.Invalid($"{at}.optionalOldSelf", optional ? "true" : "false", "may not be set if oldSelf is not used in rule"));
        }
    }

    private void Texts(ValidationRule rule, Schema node, string path)
    {
        if (rule.Rule.Trim().Length == 0) causes.Add(StatusCause.Required($"{path}.rule", "rule is not specified"));
        else if (rule.Message.Length > 0 && rule.Message.Trim().Length == 0) causes.Add(StatusCause.Invalid($"{path}.message", Quoted(rule.Message), "must be non-empty if specified"));
        else if (rule.Message.Trim().Contains('\n')) causes.Add(StatusCause.Invalid($"{path}.message", Quoted(rule.Message), "must not contain line breaks"));
        else if (rule.Rule.Trim().Contains('\n') && rule.Message.Trim().Length == 0) causes.Add(StatusCause.Required($"{path}.message", "message must be specified if rule contains line breaks"));
        if (rule.MessageExpression.Length > 0 && rule.MessageExpression.Trim().Length == 0)
            causes.Add(StatusCause.Required($"{path}.messageExpression", "messageExpression must be non-empty if specified"));
        if (rule.Reason is { } reason && !Reasons.Contains(reason)) causes.Add(StatusCause.NotSupported($"{path}.reason", Quoted(reason), Reasons));
        if (rule.FieldPath.Length == 0) return;
        if (rule.FieldPath.Trim().Length == 0) causes.Add(StatusCause.Invalid($"{path}.fieldPath", Quoted(rule.FieldPath), "must be non-empty if specified"));
        if (rule.FieldPath.Contains('\n')) causes.Add(StatusCause.Invalid($"{path}.fieldPath", Quoted(rule.FieldPath), "must not contain line breaks"));
        if (RulePath.Normalize(rule.FieldPath.Trim(), node) is null) causes.Add(StatusCause.Invalid($"{path}.fieldPath", Quoted(rule.FieldPath), "must be a valid path"));
    }

    private void Cost(string what, string path, ulong cost)
    {
        if (cost > ExpressionLimit) causes.Add(StatusCause.Forbidden(path, TooExpensive(what, cost, ExpressionLimit)));
        total = CelCosts.Plus(total, cost);
        if (cost >= TotalLimit / 100) expensive.Add((path, cost));
    }

    private static string TooExpensive(string what, ulong cost, ulong limit)
    {
        var factor = (double)cost / limit;
        // Close to the limit one digit would say 1.0.
        var shown = factor > 100 ? "more than 100x" : factor < 1.5 ? factor.ToString("F6", CultureInfo.InvariantCulture) + "x" : factor.ToString("F1", CultureInfo.InvariantCulture) + "x";
        return $"{what} exceeds budget by factor of {shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";
    }

    private static ulong? Times(ulong? count, int? max) => count is { } c && max is { } m ? CelCosts.Times(c, (ulong)m) : null;

    private static string Quoted(string text) => JsonValue.Create(text).Shown();

    /// <summary>What the schemas around a node say.</summary>
    /// <param name="IsRoot">Whether its values have type and metadata.</param>
    /// <param name="Type">Type of its values.</param>
    /// <param name="Count">How many such values there can be; null without bound.</param>
    /// <param name="Uncorrelatable">Path of the outermost schema whose values cannot be compared with those before; null if none.</param>
    private sealed record Context(bool IsRoot, CelType? Type, ulong? Count, string? Uncorrelatable);
}
