using System.Text;
using static Slipway.Api.Cel.CelArguments;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>
/// The extended string functions (<see href="https://pkg.go.dev/github.com/google/cel-go/ext#Strings"/>). Positions count
/// Unicode characters.
/// </summary>
internal static class StringFunctions
{
    /// <summary>Most characters of a text that a function makes; some can make one that is far longer than what they are given.</summary>
    public const int MaxLength = 10_000_000;

    /// <summary>Characters that are copied in the time of an elementary step.</summary>
    private const int CharactersPerStep = 4;

    private static readonly CelType Text = CelType.String, Number = CelType.Int, Texts = CelType.List(CelType.String);

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        Member("charAt", "string_char_at_int", [Text, Number], Text, (_, a) => CharAt(Runes(a[0]), a[1].Int())),
        Member("indexOf", "string_index_of_string", [Text, Text], Number, (_, a) => IndexOf(Runes(a[0]), Runes(a[1]), 0)),
        Member("indexOf", "string_index_of_string_int", [Text, Text, Number], Number, (_, a) => IndexOf(Runes(a[0]), Runes(a[1]), a[2].Int())),
        Member("lastIndexOf", "string_last_index_of_string", [Text, Text], Number, (_, a) => LastIndexOf(Runes(a[0]), Runes(a[1]), null)),
        Member("lastIndexOf", "string_last_index_of_string_int", [Text, Text, Number], Number, (_, a) => LastIndexOf(Runes(a[0]), Runes(a[1]), a[2].Int())),
        Member("lowerAscii", "string_lower_ascii", [Text], Text, (_, a) => new CelString(Mapped(a[0].Text(), c => char.IsAsciiLetterUpper(c) ? (char)(c + 32) : c))),
        Member("upperAscii", "string_upper_ascii", [Text], Text, (_, a) => new CelString(Mapped(a[0].Text(), c => char.IsAsciiLetterLower(c) ? (char)(c - 32) : c))),
        Member("replace", "string_replace_string_string", [Text, Text, Text], Text, (f, a) => Replace(f, a[0].Text(), a[1].Text(), a[2].Text(), -1)),
        Member("replace", "string_replace_string_string_int", [Text, Text, Text, Number], Text, (f, a) => Replace(f, a[0].Text(), a[1].Text(), a[2].Text(), a[3].Int())),
        Member("split", "string_split_string", [Text, Text], Texts, (f, a) => Split(f, a[0].Text(), a[1].Text(), -1)),
        Member("split", "string_split_string_int", [Text, Text, Number], Texts, (f, a) => Split(f, a[0].Text(), a[1].Text(), a[2].Int())),
        Member("substring", "string_substring_int", [Text, Number], Text, (_, a) => Substring(Runes(a[0]), a[1].Int(), null)),
        Member("substring", "string_substring_int_int", [Text, Number, Number], Text, (_, a) => Substring(Runes(a[0]), a[1].Int(), a[2].Int())),
        Member("trim", "string_trim", [Text], Text, (_, a) => new CelString(a[0].Text().Trim())),
        Member("join", "list_join", [Texts], Text, (f, a) => Join(f, a[0], "")),
        Member("join", "list_join_string", [Texts, Text], Text, (f, a) => Join(f, a[0], a[1].Text())),
        Global("strings.quote", "strings_quote", [Text], Text, (_, a) => new CelString(Quote(a[0].Text()))),
    ];

    /// <summary>What Kubernetes' version of the library does not have.</summary>
    public static IReadOnlyList<CelOverload> Later { get; } = [Member("reverse", "string_reverse", [Text], Text, (_, a) => new CelString(Of([.. Runes(a[0]).Reverse()])))];

    private static Rune[] Runes(CelValue value) => [.. value.Text().EnumerateRunes()];

    private static string Of(ReadOnlySpan<Rune> runes)
    {
        var text = new StringBuilder(runes.Length);
        foreach (var rune in runes) text.Append(rune.ToString());
        return text.ToString();
    }

    private static string Mapped(string text, Func<char, char> map) => string.Create(text.Length, (text, map), (to, from) =>
    {
        for (var i = 0; i < to.Length; i++) to[i] = from.map(from.text[i]);
    });

    private static CelValue CharAt(Rune[] text, long index) =>
        index < 0 || index > text.Length ? new CelError($"index out of range: {index}") : new CelString(index == text.Length ? "" : text[index].ToString());

    private static CelValue IndexOf(Rune[] text, Rune[] part, long from)
    {
        if (part.Length == 0) return new CelInt(from);
        if (from < 0) return new CelError($"index out of range: {from}");
        if (from >= text.Length) return new CelInt(-1);
        var found = text.AsSpan((int)from).IndexOf(part);
        return new CelInt(found < 0 ? -1 : found + from);
    }

    private static CelValue LastIndexOf(Rune[] text, Rune[] part, long? from)
    {
        if (part.Length == 0) return new CelInt(from ?? text.Length);
        if (from < 0) return new CelError($"index out of range: {from}");
        if (from >= text.Length) return new CelInt(-1);
        var last = Math.Min(from ?? long.MaxValue, text.Length - part.Length);
        return new CelInt(last < 0 ? -1 : text.AsSpan(0, (int)last + part.Length).LastIndexOf(part));
    }

    private static CelValue Replace(CelFrame frame, string text, string old, string replacement, long limit)
    {
        if (limit == 0 || old == replacement) return new CelString(text);
        var count = old.Length == 0 ? new CelString(text).Length + 1 : Count(text, old);
        if (limit > 0) count = (int)Math.Min(count, limit);
        if (count == 0) return new CelString(text);
        var length = text.Length + (long)count * replacement.Length;
        if (length > MaxLength) return TooLong;
        frame.Work(length / CharactersPerStep);
        var made = new StringBuilder();
        if (old.Length == 0)
        {
            foreach (var rune in text.EnumerateRunes())
            {
                if (count-- > 0) made.Append(replacement);
                made.Append(rune.ToString());
            }

            return new CelString(count > 0 ? made.Append(replacement).ToString() : made.ToString());
        }

        var at = 0;
        while (count-- > 0)
        {
            var found = text.IndexOf(old, at, StringComparison.Ordinal);
            made.Append(text, at, found - at).Append(replacement);
            at = found + old.Length;
        }

        return new CelString(made.Append(text, at, text.Length - at).ToString());
    }

    private static int Count(string text, string part)
    {
        var count = 0;
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + part.Length, StringComparison.Ordinal)) count++;
        return count;
    }

    private static CelList Split(CelFrame frame, string text, string separator, long limit)
    {
        if (limit == 0) return CelList.Empty;
        if (limit == 1) return ListOf([text]);
        var max = limit < 0 ? int.MaxValue : (int)Math.Min(limit, int.MaxValue);
        string[] parts;
        if (separator.Length > 0)
        {
            parts = text.Split(separator, max);
        }
        else
        {
            var runes = text.EnumerateRunes().ToArray();
            parts = [.. runes.Take(Math.Min(runes.Length, max - 1)).Select(r => r.ToString())];
            if (runes.Length > parts.Length) parts = [.. parts, Of(runes.AsSpan(parts.Length))];
        }

        frame.Work(parts.Length);
        return ListOf(parts);
    }

    private static CelValue Substring(Rune[] text, long start, long? end)
    {
        var last = end ?? text.Length;
        if (start < 0 || start > text.Length) return new CelError($"index out of range: {start}");
        if (last < 0 || last > text.Length) return new CelError($"index out of range: {last}");
        return start > last
            ? new CelError($"invalid substring range. start: {start}, end: {last}")
            : new CelString(Of(text.AsSpan((int)start, (int)(last - start))));
    }

    private static CelValue Join(CelFrame frame, CelValue list, string separator)
    {
        if (list.Texts() is not { } texts) return CelError.NoOverload;
        var length = texts.Sum(t => (long)t.Length) + (long)separator.Length * texts.Count;
        if (length > MaxLength) return TooLong;
        frame.Work(length / CharactersPerStep);
        return new CelString(string.Join(separator, texts));
    }

    private static CelError TooLong => new("the text is too long");

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"", text.Length + 2);
        foreach (var rune in text.EnumerateRunes())
        {
            quoted.Append(rune.Value switch
            {
                '\a' => "\\a",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\v' => "\\v",
                '\\' => "\\\\",
                '"' => "\\\"",
                _ => rune.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }
}
