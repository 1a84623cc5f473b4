using System.Globalization;
using Slipway.Api.Rules;

namespace Slipway.Api.Selectors;

/// <summary>Parses the text form of a label selector by descent over its few tokens.</summary>
internal sealed class LabelSelectorParser(string text)
{
    private int position;

    public IReadOnlyList<LabelRequirement> Parse()
    {
        var requirements = new List<LabelRequirement>();
        do requirements.Add(ParseRequirement());
        while (TryTake(","));
        return position == text.Length ? requirements : throw Refuse($"found '{Rest()}', expected ',' or the end");
    }

    private LabelRequirement ParseRequirement()
    {
        if (TryTake("!")) return new(Key(), LabelOperator.DoesNotExist, []);
        var key = Key();
        SkipBlanks();
        if (position == text.Length || text[position] == ',') return new(key, LabelOperator.Exists, []);
        if (TryTake("==") || TryTake("=")) return new(key, LabelOperator.In, [Value()]);
        if (TryTake("!=")) return new(key, LabelOperator.NotIn, [Value()]);
        if (TryTake(">")) return new(key, LabelOperator.GreaterThan, [Integer()]);
        if (TryTake("<")) return new(key, LabelOperator.LessThan, [Integer()]);
        return Word() switch
        {
            "in" => new(key, LabelOperator.In, Values()),
            "notin" => new(key, LabelOperator.NotIn, Values()),
            var other => throw Refuse($"found '{other}', expected one of =, ==, !=, in, notin, >, <"),
        };
    }

    private string Key()
    {
        var key = Word();
        return Names.QualifiedNameError(key) is { } error ? throw Refuse($"the key \"{key}\" is invalid: {error}") : key;
    }

    private string Value()
    {
        var value = Word();
        return Names.LabelValueError(value) is { } error ? throw Refuse($"the value \"{value}\" is invalid: {error}") : value;
    }

    private string Integer()
    {
        var value = Word();
        return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? value : throw Refuse($"the value \"{value}\" must be an integer for > and <");
    }

    private string[] Values()
    {
        if (!TryTake("(")) throw Refuse($"found '{Rest()}', expected '('");
        var values = new List<string>();
        do values.Add(Value());
        while (TryTake(","));
        return TryTake(")") ? [.. values] : throw Refuse($"found '{Rest()}', expected ',' or ')'");
    }

    private string Word()
    {
        SkipBlanks();
        var start = position;
        while (position < text.Length && !char.IsWhiteSpace(text[position]) && !"=!<>(),".Contains(text[position])) position++;
        return text[start..position];
    }

    private bool TryTake(string token)
    {
        SkipBlanks();
        if (string.CompareOrdinal(text, position, token, 0, token.Length) != 0) return false;
        position += token.Length;
        return true;
    }

    private void SkipBlanks()
    {
        while (position < text.Length && char.IsWhiteSpace(text[position])) position++;
    }

    private string Rest() => text[position..];

    private ApiException Refuse(string why) => ApiException.BadRequest($"unable to parse the label selector \"{text}\": {why}");
}
