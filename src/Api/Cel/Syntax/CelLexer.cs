using System.Globalization;

namespace Slipway.Api.Cel;

/// <summary>Splits an expression into tokens.</summary>
internal sealed class CelLexer(string text)
{
    private static readonly string[] Symbols =
    [
        "||", "&&", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]", "{", "}",
    ];

    private int at;

    public static List<CelToken> Tokens(string text)
    {
        var lexer = new CelLexer(text);
        var tokens = new List<CelToken>();
        do
        {
            tokens.Add(lexer.Next());
        }
        while (tokens[^1].Kind != CelTokenKind.End);
        return tokens;
    }

    private char Current => at < text.Length ? text[at] : '\0';

    private char Ahead(int count) => at + count < text.Length ? text[at + count] : '\0';

    private CelToken Next()
    {
        SkipBlanks();
        var start = at;
        if (at == text.Length)
            return new CelToken(CelTokenKind.End, start, "");
        if (Current is '"' or '\'' or 'r' or 'R' or 'b' or 'B' && new CelStringReader(text).TryRead(ref at) is { } literal)
            return new CelToken(CelTokenKind.Literal, start, "", literal);
        if (Current == '`')
            return QuotedIdentifier();
        if (char.IsAsciiDigit(Current) || (Current == '.' && char.IsAsciiDigit(Ahead(1))))
            return new CelToken(CelTokenKind.Literal, start, "", Number());
        if (char.IsAsciiLetter(Current) || Current == '_')
        {
            while (char.IsAsciiLetterOrDigit(Current) || Current == '_')
                at++;
            var name = text[start..at];
            return name switch
            {
                "true" => new CelToken(CelTokenKind.Literal, start, "", CelBool.True),
                "false" => new CelToken(CelTokenKind.Literal, start, "", CelBool.False),
                "null" => new CelToken(CelTokenKind.Literal, start, "", CelNull.Instance),
                "in" => new CelToken(CelTokenKind.Symbol, start, "in"),
                _ => new CelToken(CelTokenKind.Identifier, start, name),
            };
        }

        foreach (var symbol in Symbols)
        {
            if (string.CompareOrdinal(text, at, symbol, 0, symbol.Length) == 0)
            {
                at += symbol.Length;
                return new CelToken(CelTokenKind.Symbol, start, symbol);
            }
        }

        throw new CelSyntaxException(start, $"unexpected character '{Current}'");
    }

    private CelToken QuotedIdentifier()
    {
        var start = at++;
        while (char.IsAsciiLetterOrDigit(Current) || Current is '_' or '.' or '-' or '/' or ' ')
            at++;
        if (Current != '`' || at == start + 1)
            throw new CelSyntaxException(start, "a name between back-quotes consists of letters, digits, '_', '.', '-', '/' and ' '");
        return new CelToken(CelTokenKind.QuotedIdentifier, start, text[(start + 1)..at++]);
    }

    private void SkipBlanks()
    {
        while (true)
        {
            while (Current is ' ' or '\t' or '\n' or '\r' or '\f')
                at++;
            if (Current != '/' || Ahead(1) != '/')
                return;
            while (at < text.Length && Current != '\n')
                at++;
        }
    }

    private CelValue Number()
    {
        var start = at;
        if (Current == '0' && Ahead(1) is 'x' or 'X')
        {
            at += 2;
            while (char.IsAsciiHexDigit(Current))
                at++;
            return Integer(start, text.AsSpan(start + 2, at - start - 2), NumberStyles.AllowHexSpecifier);
        }

        while (char.IsAsciiDigit(Current))
            at++;
        var isDouble = false;
        if (Current == '.' && char.IsAsciiDigit(Ahead(1)))
        {
            isDouble = true;
            at++;
            while (char.IsAsciiDigit(Current))
                at++;
        }

        if (Current is 'e' or 'E' && (char.IsAsciiDigit(Ahead(1)) || (Ahead(1) is '+' or '-' && char.IsAsciiDigit(Ahead(2)))))
        {
            isDouble = true;
            at += 2;
            while (char.IsAsciiDigit(Current))
                at++;
        }

        var digits = text.AsSpan(start, at - start);
        return isDouble ? new CelDouble(double.Parse(digits, CultureInfo.InvariantCulture)) : Integer(start, digits, NumberStyles.None);
    }

    private CelValue Integer(int start, ReadOnlySpan<char> digits, NumberStyles style)
    {
        if (!ulong.TryParse(digits, style, CultureInfo.InvariantCulture, out var number))
            throw new CelSyntaxException(start, "invalid number literal: out of range");
        if (Current is 'u' or 'U')
        {
            at++;
            return new CelUint(number);
        }

        // The sign is an operator of its own, so the least integer arrives here as its magnitude.
        if (number == 1UL << 63 && start > 0 && text[start - 1] == '-')
            return new CelInt(long.MinValue);
        return number <= long.MaxValue ? new CelInt((long)number) : throw new CelSyntaxException(start, "invalid number literal: out of range");
    }
}
