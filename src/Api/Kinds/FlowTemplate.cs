using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>
/// A text with expressions in <c>${{ }}</c>. One that is a single expression and nothing else has the expression's type; in
/// any other the values become part of the text: texts as they are, everything else as JSON.
/// </summary>
public sealed class FlowTemplate
{
    private readonly IReadOnlyList<Part> parts;

    private FlowTemplate(IReadOnlyList<Part> parts) => this.parts = parts;

    /// <summary>The expressions in it.</summary>
    public IEnumerable<CelExpression> Expressions => parts.Where(p => p.Expression is not null).Select(p => p.Expression!);

    /// <summary>Whether it is one expression and nothing else.</summary>
    public bool IsExpression => parts is [{ Expression: not null }];

    /// <summary>Splits a text.</summary>
    /// <exception cref="CelSyntaxException">An expression in it is none, or is not closed.</exception>
    public static FlowTemplate Parse(string text)
    {
        var parts = new List<Part>();
        for (var at = 0; at < text.Length;)
        {
            var start = text.IndexOf("${{", at, StringComparison.Ordinal);
            if (start < 0)
            {
                parts.Add(new Part(text[at..], null));
                break;
            }

            if (start > at)
                parts.Add(new Part(text[at..start], null));
            var end = FindEnd(text, start + 3);
            if (end < 0)
                throw new CelSyntaxException(start, "${{ without }}");
            try
            {
                parts.Add(new Part("", CelExpression.Parse(text[(start + 3)..end])));
            }
            catch (CelSyntaxException e)
            {
                var message = e.Message[..e.Message.LastIndexOf(" at position ", StringComparison.Ordinal)];
                throw new CelSyntaxException(start + 3 + e.Position, message);
            }

            at = end + 2;
        }

        return new FlowTemplate(parts);
    }

    /// <summary>The value of the template; an error if one of its expressions has one.</summary>
    /// <param name="variables">What expressions see.</param>
    /// <param name="escape">What to do with each part, and whether it is the text of an expression, alone, in a list or in a text; null for nothing.</param>
    public CelValue Evaluate(IReadOnlyDictionary<string, CelValue> variables, Func<string, bool, string>? escape = null)
    {
        if (IsExpression)
            return parts[0].Expression!.Evaluate(variables) is var only and not CelUnknown ? Escaped(only, escape) : CelUnknown.Of(parts[0].Expression!);
        var (texts, isKnown) = (new List<string>(), true);
        foreach (var part in parts)
        {
            if (part.Expression is null)
            {
                texts.Add(escape is null ? part.Text : escape(part.Text, false));
                continue;
            }

            var value = part.Expression.Evaluate(variables);
            if (value is CelError and not CelUnknown)
                return value;
            try
            {
                isKnown &= value is not CelUnknown;
                var text = value is CelUnknown ? CelUnknown.Of(part.Expression).Shown : CelJson.ToText(value);
                texts.Add(escape is null ? text : escape(text, true));
            }
            catch (FormatException e)
            {
                return new CelError(e.Message);
            }
        }

        return isKnown ? new CelString(string.Concat(texts)) : new CelUnknown(string.Concat(texts));
    }

    private static CelValue Escaped(CelValue value, Func<string, bool, string>? escape) => value switch
    {
        CelString text when escape is not null => new CelString(escape(text.Value, true)),
        CelList list when escape is not null => new CelList([.. list.Items.Select(i => Escaped(i, escape))]),
        _ => value,
    };

    /// <summary>The first <c>}}</c> that is neither in a text literal nor the end of a map literal.</summary>
    private static int FindEnd(string text, int start)
    {
        var depth = 0;
        for (var at = start; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '\'' or '"':
                    var quote = text[at];
                    for (at++; at < text.Length && text[at] != quote; at++)
                    {
                        if (text[at] == '\\')
                            at++;
                    }

                    break;
                case '{':
                    depth++;
                    break;
                case '}' when depth > 0:
                    depth--;
                    break;
                case '}' when at + 1 < text.Length && text[at + 1] == '}':
                    return at;
            }
        }

        return -1;
    }

    private readonly record struct Part(string Text, CelExpression? Expression);
}
