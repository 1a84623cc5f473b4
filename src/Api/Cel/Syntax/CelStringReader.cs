using System.Globalization;
using System.Text;

namespace Slipway.Api.Cel;

/// <summary>
/// Reads string and bytes literals: single or triple quotes of either kind, with the prefixes <c>r</c> (no escapes) and
/// <c>b</c> (bytes).
/// </summary>
internal sealed class CelStringReader(string text)
{
    /// <summary>Reads a literal at a position and moves behind it; null and no move if none starts there.</summary>
    public CelValue? TryRead(ref int position)
    {
        var (at, isRaw, isBytes) = (position, false, false);
        for (; at < text.Length && at < position + 2 && text[at] is 'r' or 'R' or 'b' or 'B'; at++)
        {
            ref var flag = ref text[at] is 'r' or 'R' ? ref isRaw : ref isBytes;
            if (flag)
                return null;
            flag = true;
        }

        if (at >= text.Length || text[at] is not ('"' or '\''))
            return null;

        var start = position;
        var quote = text[at];
        var isTriple = at + 2 < text.Length && text[at + 1] == quote && text[at + 2] == quote;
        var end = isTriple ? new string(quote, 3) : quote.ToString();
        at += end.Length;

        var bytes = new List<byte>();
        var characters = new StringBuilder();
        while (true)
        {
            if (at >= text.Length || (!isTriple && text[at] is '\n' or '\r'))
                throw new CelSyntaxException(start, "text without closing quote");
            if (string.CompareOrdinal(text, at, end, 0, end.Length) == 0)
                break;
            if (text[at] == '\\' && !isRaw)
            {
                Escape(ref at, isBytes, bytes, characters);
                continue;
            }

            if (isRaw && text[at] == '\\' && at + 1 < text.Length)
                characters.Append(text[at++]);
            var length = char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1;
            if (isBytes)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(characters.Append(text, at, length).ToString()));
                characters.Clear();
            }
            else
            {
                characters.Append(text, at, length);
            }

            at += length;
        }

        position = at + end.Length;
        return isBytes ? new CelBytes(bytes.ToArray()) : new CelString(characters.ToString());
    }

    private void Escape(ref int at, bool isBytes, List<byte> bytes, StringBuilder characters)
    {
        var start = at++;
        var kind = at < text.Length ? text[at++] : '\0';
        int? simple = kind switch
        {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            '\\' or '\'' or '"' or '`' or '?' => kind,
            _ => null,
        };
        var code = simple ?? kind switch
        {
            'x' or 'X' => Digits(ref at, 2, 16, start),
            'u' when !isBytes => Digits(ref at, 4, 16, start),
            'U' when !isBytes => Digits(ref at, 8, 16, start),
            >= '0' and <= '3' => Octal(ref at, start),
            _ => throw new CelSyntaxException(start, $"unknown escape \\{kind}"),
        };
        if (isBytes)
            bytes.Add((byte)code);
        else
            characters.Append(Rune.TryCreate(code, out var rune) ? rune.ToString() : throw new CelSyntaxException(start, "no such character"));
    }

    private int Octal(ref int at, int start)
    {
        at--;
        return Digits(ref at, 3, 8, start);
    }

    private int Digits(ref int at, int count, int numberBase, int start)
    {
        if (at + count > text.Length)
            throw new CelSyntaxException(start, "escape is too short");
        long code = 0;
        foreach (var digit in text.AsSpan(at, count))
        {
            var value = char.IsAsciiHexDigit(digit) ? int.Parse([digit], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : numberBase;
            if (value >= numberBase)
                throw new CelSyntaxException(start, $"'{digit}' is no digit of an escape");
            code = code * numberBase + value;
        }

        at += count;
        return code <= int.MaxValue ? (int)code : -1;
    }
}
