using System.Globalization;
using System.Text.Json;

namespace Slipway.ApiServer.Tables;

/// <summary>
/// The JSONPath of printer columns: properties, indexes, wildcards and filters by equality, such as
/// <c>.status.conditions[?(@.type=="Ready")].status</c>.
/// </summary>
internal sealed class SimplePath
{
    private readonly List<Step> _steps = [];

    private enum StepKind { Property, Index, Wildcard, Filter }

    private SimplePath() { }

    /// <summary>Parses a path; null when it uses what is not supported.</summary>
    public static SimplePath? Parse(string text)
    {
        var path = new SimplePath();
        var rest = text.AsSpan().Trim();
        if (rest.StartsWith("{") && rest.EndsWith("}")) rest = rest[1..^1];
        if (rest.StartsWith("$")) rest = rest[1..];
        while (!rest.IsEmpty)
        {
            if (rest[0] == '[' ? !path.TakeBracket(ref rest) : !path.TakeProperty(ref rest)) return null;
        }
        return path;
    }

    /// <summary>The first element that the path leads to; undefined when there is none.</summary>
    public JsonElement First(JsonElement root) => Walk(root, 0).FirstOrDefault();

    private IEnumerable<JsonElement> Walk(JsonElement element, int index)
    {
        if (index == _steps.Count) return [element];
        var step = _steps[index];
        IEnumerable<JsonElement> next = step.Kind switch
        {
            StepKind.Property when element.ValueKind == JsonValueKind.Object && element.TryGetProperty(step.Name, out var value) => [value],
            StepKind.Index when element.ValueKind == JsonValueKind.Array => At(element, step.Number),
            StepKind.Wildcard when element.ValueKind == JsonValueKind.Array => element.EnumerateArray(),
            StepKind.Wildcard when element.ValueKind == JsonValueKind.Object => element.EnumerateObject().Select(p => p.Value),
            StepKind.Filter when element.ValueKind == JsonValueKind.Array => element.EnumerateArray().Where(item => Matches(item, step)),
            _ => [],
        };
        return next.SelectMany(e => Walk(e, index + 1));
    }

    private static IEnumerable<JsonElement> At(JsonElement list, int index)
    {
        if (index < 0) index += list.GetArrayLength();
        return index >= 0 && index < list.GetArrayLength() ? [list[index]] : [];
    }

    private static bool Matches(JsonElement item, Step step)
    {
        var value = step.Inner!.First(item);
        var text = value.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => null,
            JsonValueKind.String => value.GetString(),
            _ => value.GetRawText(),
        };
        return text == step.Name;
    }

    private bool TakeProperty(ref ReadOnlySpan<char> rest)
    {
        if (rest[0] == '.') rest = rest[1..];
        if (rest.IsEmpty) return true;
        var name = new System.Text.StringBuilder();
        var i = 0;
        for (; i < rest.Length && rest[i] is not ('.' or '['); i++)
        {
            if (rest[i] == '\\' && i + 1 < rest.Length) i++;
            name.Append(rest[i]);
        }
        rest = rest[i..];
        if (name.Length == 0) return false;
        _steps.Add(name.ToString() == "*" ? new(StepKind.Wildcard, "", 0, null) : new(StepKind.Property, name.ToString(), 0, null));
        return true;
    }

    private bool TakeBracket(ref ReadOnlySpan<char> rest)
    {
        var close = CloseOf(rest);
        if (close < 0) return false;
        var inside = rest[1..close].Trim();
        rest = rest[(close + 1)..];
        if (inside is "*") _steps.Add(new(StepKind.Wildcard, "", 0, null));
        else if (IsQuoted(inside)) _steps.Add(new(StepKind.Property, inside[1..^1].ToString(), 0, null));
        else if (int.TryParse(inside, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index)) _steps.Add(new(StepKind.Index, "", index, null));
        else if (inside.StartsWith("?(") && inside.EndsWith(")")) return TakeFilter(inside[2..^1]);
        else return false;
        return true;
    }

    private bool TakeFilter(ReadOnlySpan<char> condition)
    {
        var equals = condition.IndexOf("==", StringComparison.Ordinal);
        var left = equals < 0 ? default : condition[..equals].Trim();
        if (left.IsEmpty || left[0] != '@' || Parse(left[1..].ToString()) is not { } inner) return false;
        var right = condition[(equals + 2)..].Trim();
        _steps.Add(new(StepKind.Filter, (IsQuoted(right) ? right[1..^1] : right).ToString(), 0, inner));
        return true;
    }

    // The bracket that closes the first one; brackets within quotes do not count.
    private static int CloseOf(ReadOnlySpan<char> text)
    {
        var depth = 0;
        var quote = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            if (quote != '\0')
            {
                if (text[i] == quote) quote = '\0';
            }
            else if (text[i] is '\'' or '"') quote = text[i];
            else if (text[i] == '[') depth++;
            else if (text[i] == ']' && --depth == 0) return i;
        }
        return -1;
    }

    private static bool IsQuoted(ReadOnlySpan<char> text) => text.Length >= 2 && text[0] is '\'' or '"' && text[^1] == text[0];

    private sealed record Step(StepKind Kind, string Name, int Number, SimplePath? Inner);
}
