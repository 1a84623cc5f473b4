using System.Text;

namespace Slipway.Storage;

/// <summary>The order of keys: ordinal by UTF-8 bytes, which is the order of code points.</summary>
internal sealed class KeyOrder : IComparer<string>
{
    public static readonly KeyOrder Instance = new();

    /// <summary>Refuses unpaired surrogates, which UTF-8 cannot carry.</summary>
    public static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
            return string.CompareOrdinal(x, y);

        var common = x.AsSpan().CommonPrefixLength(y);
        if (common == x.Length || common == y.Length)
            return x.Length - y.Length;

        // Where UTF-16 differs from UTF-8 in order: surrogates stand for code points above U+E000..U+FFFF.
        char a = x[common], b = y[common];
        var surrogates = (char.IsSurrogate(a) ? 1 : 0) - (char.IsSurrogate(b) ? 1 : 0);
        return surrogates != 0 && (a >= 0xD800 && b >= 0xD800) ? surrogates : a - b;
    }

    /// <summary>The smallest key that sorts after <paramref name="key"/>.</summary>
    public static string Successor(string key) => key + '\0';

    /// <summary>The first key of a page: past <paramref name="after"/>, and not before <paramref name="prefix"/>.</summary>
    public static string PageStart(string prefix, string? after) =>
        after is null || Instance.Compare(after, prefix) < 0 ? prefix : Successor(after);
}
