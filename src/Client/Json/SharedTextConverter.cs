using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Client;

/// <summary>
/// Reads texts, and gives the same string for one that comes again: of what views of thousands of objects hold most are the same few
/// names, keys and values. It remembers a bounded number of those that have come twice; what it forgets is only shared less.
/// </summary>
/// <remarks>Reads come from any thread: each place of a table is read and written in one step, and any string in it serves.</remarks>
internal sealed class SharedTextConverter : JsonConverter<string>
{
    private const int Sets = 256;
    // A few texts that fall into the same set do not displace each other.
    private const int Ways = 4;
    private const int Longest = 64;

    private readonly string?[] _shared = new string?[Sets * Ways];
    // What was last read of each set and was not there: a text is taken up at its second time, so that those that come once leave the others there.
    private readonly int[] _met = new int[Sets * Ways];

    /// <inheritdoc/>
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => TextOf(ref reader);

    /// <inheritdoc/>
    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => TextOf(ref reader)!;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    /// <inheritdoc/>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);

    private string? TextOf(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || reader.HasValueSequence || reader.ValueIsEscaped || reader.ValueSpan.Length > Longest || !Ascii.IsValid(reader.ValueSpan))
            return reader.GetString();
        var hash = new HashCode();
        hash.AddBytes(reader.ValueSpan);
        var code = hash.ToHashCode();
        var set = (code & (Sets - 1)) * Ways;
        foreach (var shared in _shared.AsSpan(set, Ways))
            if (shared is not null && Ascii.Equals(reader.ValueSpan, shared)) return shared;
        var text = reader.GetString();
        if (_met.AsSpan(set, Ways).Contains(code)) Put(_shared, set, text);
        else Put(_met, set, code);
        return text;
    }

    // The oldest of the set makes room.
    private static void Put<T>(T[] places, int set, T newest)
    {
        for (var way = Ways - 1; way > 0; way--) places[set + way] = places[set + way - 1];
        places[set] = newest;
    }
}
