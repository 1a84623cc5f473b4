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
        do
        {
            if (Next() is var start && (start.Length == 0 || (IsSymbol(start[0]) && start != "!")))
                throw Refuse(Expected(requirements.Count > 0 ? "identifier after ','" : "!, identifier, or 'end of string'"));
            requirements.Add(ParseRequirement());
        }
        while (TryTake(","));
        return Next().Length == 0 ? requirements : throw Refuse(Expected("',' or 'end of string'"));
    }

    private LabelRequirement ParseRequirement()
    {
        if (TryTake("!")) return new(Key(), LabelOperator.DoesNotExist, []);
        var key = Key();
        switch (Next())
        {
            case "" or ",":
                return new(key, LabelOperator.Exists, []);
            case "=" or "==":
                position += Next().Length;
                return new(key, LabelOperator.In, Value(key));
            case "!=":
                position += 2;
                return new(key, LabelOperator.NotIn, Value(key));
            case ">":
                position++;
                return new(key, LabelOperator.GreaterThan, Integer(key));
            case "<":
                position++;
                return new(key, LabelOperator.LessThan, Integer(key));
            case "in":
                position += 2;
                return new(key, LabelOperator.In, Values(key));
            case "notin":
                position += 5;
                return new(key, LabelOperator.NotIn, Values(key));
            default:
                throw RefuseRequirement(Expected("in, notin, =, ==, !=, gt, lt"));
        }
    }

    private string Key()
    {
        if (Next() is var next && (next.Length == 0 || IsSymbol(next[0]))) throw RefuseRequirement(Expected("identifier"));
        var key = Word();
        // The parser is told no path of the selector, and so shows none.
        return Names.QualifiedNameError(key) is { } error ? throw RefuseRequirement($"<nil>: Invalid value: {FieldCheck.Quote(key)}: {error}") : key;
    }

    private string[] Value(string key)
    {
        if (Next() is not ("" or ",") and var next && IsSymbol(next[0])) throw RefuseRequirement(Expected("identifier"));
        return Checked(key, [Word()]);
    }

    private string[] Integer(string key)
    {
        var values = Value(key);
        return long.TryParse(values[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
            ? values
            : throw RefuseRequirement($"values[0]: Invalid value: {FieldCheck.Quote(values[0])}: for 'Gt', 'Lt' operators, the value must be an integer");
    }

    private string[] Values(string key)
    {
        if (!TryTake("(")) throw RefuseRequirement($"found '{Next()}' expected: '('");
        var values = new List<string>();
        do values.Add(Word());
        while (TryTake(","));
        return TryTake(")") ? Checked(key, values) : throw RefuseRequirement(Expected("',' or ')'"));
    }

    private static string[] Checked(string key, IReadOnlyList<string> values)
    {
        // Values are a set: their places in messages are those in the order of their text.
        foreach (var (i, value) in values.Distinct().Order(StringComparer.Ordinal).Index())
            if (Names.LabelValueError(value) is { } error) throw RefuseRequirement($"values[{i}][{key}]: Invalid value: {FieldCheck.Quote(value)}: {error}");
        return [.. values];
    }

    private string Word()
    {
        SkipBlanks();
        var start = position;
        while (position < text.Length && !IsBlank(text[position]) && !IsSymbol(text[position])) position++;
        return text[start..position];
    }

    /// <summary>The next token, which stays: a word, an operator of up to two characters, or nothing at the end.</summary>
    private string Next()
    {
        SkipBlanks();
        if (position == text.Length) return "";
        if (text.AsSpan(position) is ['=' or '!', '=', ..]) return text[position..(position + 2)];
        if (IsSymbol(text[position])) return text[position..(position + 1)];
        var start = position;
        var word = Word();
        position = start;
        return word;
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
        while (position < text.Length && IsBlank(text[position])) position++;
    }

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\r' or '\n';

    private static bool IsSymbol(char c) => c is '=' or '!' or '<' or '>' or '(' or ')' or ',';

    private string Expected(string what) => $"found '{Next()}', expected: {what}";

    private static ApiException RefuseRequirement(string why) => Refuse($"unable to parse requirement: {why}");

    private static ApiException Refuse(string why) => ApiException.BadRequest(why);
}
