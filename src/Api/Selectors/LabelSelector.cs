using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Slipway.Api.Documents;

namespace Slipway.Api.Selectors;

/// <summary>How a requirement compares a label.</summary>
public enum LabelOperator { In, NotIn, Exists, DoesNotExist, GreaterThan, LessThan }

/// <summary>One requirement on a label.</summary>
public sealed record LabelRequirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    /// <summary>Whether a label's value meets the requirement; a label that is absent (null) meets <c>NotIn</c> and <c>!=</c>.</summary>
    public bool IsMetBy(string? value) => Operator switch
    {
        LabelOperator.In => value is not null && Values.Contains(value),
        LabelOperator.NotIn => value is null || !Values.Contains(value),
        LabelOperator.Exists => value is not null,
        LabelOperator.DoesNotExist => value is null,
        LabelOperator.GreaterThan => long.TryParse(value, out var number) && number > long.Parse(Values[0], System.Globalization.CultureInfo.InvariantCulture),
        _ => long.TryParse(value, out var number) && number < long.Parse(Values[0], System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <inheritdoc/>
    public override string ToString() => Operator switch
    {
        LabelOperator.In when Values.Count == 1 => $"{Key}={Values[0]}",
        LabelOperator.NotIn when Values.Count == 1 => $"{Key}!={Values[0]}",
        LabelOperator.In => $"{Key} in ({string.Join(',', Values)})",
        LabelOperator.NotIn => $"{Key} notin ({string.Join(',', Values)})",
        LabelOperator.Exists => Key,
        LabelOperator.DoesNotExist => $"!{Key}",
        LabelOperator.GreaterThan => $"{Key}>{Values[0]}",
        _ => $"{Key}<{Values[0]}",
    };
}

/// <summary>
/// A conjunction of requirements on labels
/// (<see href="https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors"/>).
/// </summary>
[JsonConverter(typeof(LabelSelectorConverter))]
public sealed record LabelSelector(IReadOnlyList<LabelRequirement> Requirements)
{
    /// <summary>Selects every object.</summary>
    public static LabelSelector Everything { get; } = new([]);

    /// <summary>Whether no requirement is made.</summary>
    public bool SelectsEverything => Requirements.Count == 0;

    /// <summary>Parses the text form: <c>a=b,c!=d,e in (f,g),h notin (i),j,!k</c>.</summary>
    /// <exception cref="ApiException">400: not a selector.</exception>
    public static LabelSelector Parse(string text) => string.IsNullOrWhiteSpace(text) ? Everything : new(new LabelSelectorParser(text).Parse());

    /// <summary>
    /// Reads the JSON form with <c>matchLabels</c> and <c>matchExpressions</c>. An empty one selects everything.
    /// </summary>
    /// <exception cref="ApiException">400: an unknown operator, or values that do not go with it.</exception>
    public static LabelSelector FromJson(JsonObject selector)
    {
        var requirements = new List<LabelRequirement>();
        foreach (var (key, value) in selector.Object("matchLabels") ?? [])
            requirements.Add(new(key, LabelOperator.In, [value.AsText() ?? ""]));
        foreach (var expression in selector.Objects("matchExpressions"))
            requirements.Add(FromExpression(expression));
        return new(requirements);
    }

    /// <summary>Whether a set of labels meets every requirement.</summary>
    public bool Matches(JsonObject? labels)
    {
        foreach (var requirement in Requirements)
            if (!requirement.IsMetBy(labels?[requirement.Key].AsText())) return false;
        return true;
    }

    /// <summary>Whether a set of labels meets every requirement.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var requirement in Requirements)
            if (!requirement.IsMetBy(labels.GetValueOrDefault(requirement.Key))) return false;
        return true;
    }

    /// <summary>The JSON form; a requirement of one value is one of <c>matchLabels</c>, as long as its key has no other.</summary>
    public JsonObject ToJson()
    {
        var (labels, expressions) = (new JsonObject(), new JsonArray());
        foreach (var requirement in Requirements)
        {
            if (requirement is { Operator: LabelOperator.In, Values: [var only] } && labels.TryAdd(requirement.Key, only))
                continue;
            var expression = new JsonObject { ["key"] = requirement.Key, ["operator"] = requirement.Operator.ToString() };
            if (requirement.Values.Count > 0)
                expression["values"] = new JsonArray([.. requirement.Values.Select(value => (JsonNode)value)]);
            expressions.Add((JsonNode)expression);
        }
        var selector = new JsonObject();
        if (labels.Count > 0) selector["matchLabels"] = labels;
        if (expressions.Count > 0) selector["matchExpressions"] = expressions;
        return selector;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(',', Requirements);

    private static LabelRequirement FromExpression(JsonObject expression)
    {
        var key = expression.Text("key") ?? "";
        string[] values = [.. expression.Array("values")?.Select(v => v.AsText() ?? "") ?? []];
        var name = expression.Text("operator") ?? "";
        var op = name switch
        {
            "In" => LabelOperator.In,
            "NotIn" => LabelOperator.NotIn,
            "Exists" => LabelOperator.Exists,
            "DoesNotExist" => LabelOperator.DoesNotExist,
            _ => throw ApiException.BadRequest($"\"{name}\" is not a valid label selector operator"),
        };
        if (op is LabelOperator.In or LabelOperator.NotIn && values.Length == 0)
            throw ApiException.BadRequest($"label selector: for the operator {name} on \"{key}\" the values must not be empty");
        if (op is LabelOperator.Exists or LabelOperator.DoesNotExist && values.Length > 0)
            throw ApiException.BadRequest($"label selector: for the operator {name} on \"{key}\" there must be no values");
        return new(key, op, values);
    }
}
