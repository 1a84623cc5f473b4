using System.Buffers;

namespace Slipway.Api.Apply;

/// <summary>
/// Builds the JSON of <c>FieldsV1</c> in a pooled buffer. What was written can be taken back to a mark, since only the end of a
/// subtree shows whether it has anything to say.
/// </summary>
internal sealed class FieldsWriter : IDisposable
{
    private byte[] bytes = ArrayPool<byte>.Shared.Rent(2048);
    private int length;

    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, length);

    /// <summary>The place of what is written next.</summary>
    public int Mark => length;

    /// <summary>Takes back what was written since a mark.</summary>
    public void TakeBack(int mark) => length = mark;

    public void Raw(ReadOnlySpan<byte> text)
    {
        Ensure(text.Length);
        text.CopyTo(bytes.AsSpan(length));
        length += text.Length;
    }

    /// <summary>A comma, unless an object or list has just begun.</summary>
    public void Separate()
    {
        if (bytes[length - 1] is not ((byte)'{' or (byte)'[')) Raw(","u8);
    }

    /// <summary>A property name that begins with <paramref name="prefix"/>, and its colon.</summary>
    public void Name(ReadOnlySpan<byte> prefix, string name)
    {
        Separate();
        Raw("\""u8);
        Raw(prefix);
        Escaped(name);
        Raw("\":"u8);
    }

    /// <summary>A text in quotes.</summary>
    public void Text(string text)
    {
        Raw("\""u8);
        Escaped(text);
        Raw("\""u8);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(bytes);

    private void Escaped(string text)
    {
        // Each character takes at most six bytes: \u and four digits.
        Ensure(text.Length * 6);
        var start = length;
        foreach (var c in text)
        {
            if (c is >= ' ' and <= '~' and not ('"' or '\\'))
            {
                bytes[length++] = (byte)c;
            }
            else if (c is '"' or '\\')
            {
                bytes[length++] = (byte)'\\';
                bytes[length++] = (byte)c;
            }
            else if (c < ' ')
            {
                "\\u00"u8.CopyTo(bytes.AsSpan(length));
                bytes[length + 4] = "0123456789abcdef"u8[c >> 4];
                bytes[length + 5] = "0123456789abcdef"u8[c & 15];
                length += 6;
            }
            else
            {
                // Rare enough to begin again, with the text as a whole.
                length = start;
                var encoded = System.Text.Json.JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
                Raw(encoded.EncodedUtf8Bytes);
                return;
            }
        }
    }

    private void Ensure(int more)
    {
        if (length + more <= bytes.Length) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(length + more, bytes.Length * 2));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(bytes);
        bytes = larger;
    }
}
