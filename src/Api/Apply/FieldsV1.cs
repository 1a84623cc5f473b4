using System.Text.Json;

namespace Slipway.Api.Apply;

/// <summary>
/// The JSON of a field set (<see href="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/">FieldsV1</see>):
/// a trie of path elements, in which <c>{}</c> is a member without anything below it, and <c>.</c> says that a path with something
/// below it is a member itself.
/// </summary>
internal static class FieldsV1
{
    // A set is no deeper than a document may be.
    private const int MaxDepth = 256;

    /// <summary>The set that JSON stands for; the reader is at the start of its object, and left at its end.</summary>
    /// <exception cref="FormatException">A name is no path element, or a value no object.</exception>
    public static FieldSet Read(ref Utf8JsonReader reader) => ReadNode(ref reader, 0).Below ?? FieldSet.Empty;

    /// <summary>The JSON of a set.</summary>
    public static byte[] Write(FieldSet set)
    {
        using var writer = new FieldsWriter();
        Write(writer, set);
        return writer.Written.ToArray();
    }

    /// <summary>Appends the JSON of a set.</summary>
    public static void Write(FieldsWriter writer, FieldSet set)
    {
        writer.Raw("{"u8);
        WriteContent(writer, set);
        writer.Raw("}"u8);
    }

    private static void WriteContent(FieldsWriter writer, FieldSet set)
    {
        foreach (var (element, entry) in set.InOrder())
        {
            writer.Name(default, element);
            writer.Raw("{"u8);
            if (entry is { IsMember: true, Below: not null }) writer.Raw("\".\":{}"u8);
            if (entry.Below is not null) WriteContent(writer, entry.Below);
            writer.Raw("}"u8);
        }
    }

    private static FieldSet.Entry ReadNode(ref Utf8JsonReader reader, int depth)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new FormatException("a field set is made of objects");
        if (depth > MaxDepth) throw new FormatException("a field set is nested too deeply");
        FieldSet? below = null;
        var isMember = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("."u8))
            {
                isMember = true;
                reader.Read();
                reader.Skip();
                continue;
            }
            var element = PathElement.Parse(reader.GetString()!);
            reader.Read();
            if (element is null)
            {
                reader.Skip();
                continue;
            }
            var entry = ReadNode(ref reader, depth + 1);
            (below ??= new FieldSet()).Add(element, entry.IsMember, entry.Below);
        }
        return new(isMember || below is null, below);
    }
}
