using System.Globalization;
using System.Text;
using Spectre.Console;

namespace Slipway.Cli.Output;

/// <summary>Text that comes from data, such as an item or a message, as a line of a table or tree shows it.</summary>
internal static class TerminalText
{
    private const char Ellipsis = '…';

    /// <summary>
    /// The text in one line that does nothing to a terminal: control characters, line separators, marks that turn the direction of writing and halves of
    /// characters are shown as in JSON (<c>\n</c>, <c>\u001b</c>).
    /// </summary>
    public static string Escape(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~')) return text;
        var escaped = new StringBuilder(text.Length + 8);
        for (var at = 0; at < text.Length; at++)
        {
            var isPair = char.IsSurrogatePair(text, at);
            if (isPair) escaped.Append(text[at++]).Append(text[at]);
            else if (IsPrintable(text[at])) escaped.Append(text[at]);
            else escaped.Append(Escaped(text[at]));
        }
        return escaped.ToString();
    }

    /// <summary>How many columns of a terminal an escaped text takes.</summary>
    public static int Width(string text) => text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? text.GetCellWidth() : text.Length;

    /// <summary>The text with spaces behind it, as wide as <paramref name="width"/>.</summary>
    public static string Pad(string text, int width) => text + new string(' ', Math.Max(0, width - Width(text)));

    /// <summary>The text, or what of its beginning has room, and <c>…</c>.</summary>
    public static string Cut(string text, int width)
    {
        if (Width(text) <= width) return text;
        var (kept, taken) = (new StringBuilder(), 1);
        foreach (var rune in text.EnumerateRunes())
        {
            if ((taken += Width(rune.ToString())) > width) break;
            kept.Append(rune);
        }
        return kept.Append(Ellipsis).ToString();
    }

    // Half of a surrogate pair is a category of its own, as are marks of direction, which are formats; a joiner of emoji is left alone.
    private static bool IsPrintable(char character) => character == '\u200d' || char.GetUnicodeCategory(character) is not
        (UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Format or UnicodeCategory.Surrogate);

    private static string Escaped(char character) => character switch
    {
        '\n' => @"\n",
        '\r' => @"\r",
        '\t' => @"\t",
        _ => string.Create(CultureInfo.InvariantCulture, $@"\u{(int)character:x4}"),
    };
}
