namespace Slipway.Api.Rules.Access;

/// <summary>A block of a text in PEM form.</summary>
/// <param name="Label">What it says that it is, such as <c>CERTIFICATE</c>.</param>
/// <param name="HasHeaders">Whether headers stand before its data, as in old encrypted keys.</param>
/// <param name="Data">What is in it.</param>
internal sealed record PemBlock(string Label, bool HasHeaders, byte[] Data);

/// <summary>
/// Reads texts in PEM form as Kubernetes does: text around the blocks, and what cannot be read as one, is passed over; a block may have
/// headers (<see href="https://www.rfc-editor.org/rfc/rfc1421#section-4.4"/>), which newer forms no longer have.
/// </summary>
internal static class PemBlocks
{
    private const string Begin = "-----BEGIN ", End = "-----END ", Dashes = "-----";

    public static IEnumerable<PemBlock> Read(string text)
    {
        var lines = text.Split('\n').Select(l => l.TrimEnd('\r', ' ', '\t')).ToArray();
        for (var i = 0; i < lines.Length; i++)
        {
            if (LabelOf(lines[i], Begin) is not { } label) continue;
            var end = Array.FindIndex(lines, i + 1, l => LabelOf(l, End) == label);
            if (end < 0) continue;
            var body = lines[(i + 1)..end];
            var headers = body.TakeWhile(l => l.Contains(':')).Count();
            if (Decode(string.Concat(body.Skip(headers))) is not { } data) continue;
            yield return new(label, headers > 0, data);
            i = end;
        }
    }

    private static string? LabelOf(string line, string start) =>
        line.StartsWith(start, StringComparison.Ordinal) && line.EndsWith(Dashes, StringComparison.Ordinal) && line.Length >= start.Length + Dashes.Length ? line[start.Length..^Dashes.Length] : null;

    private static byte[]? Decode(string base64)
    {
        try
        {
            return Convert.FromBase64String(base64);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
