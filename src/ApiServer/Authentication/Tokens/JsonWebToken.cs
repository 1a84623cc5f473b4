using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Slipway.ApiServer.Authentication;

/// <summary>Signed JSON in compact form: <c>HEADER.CLAIMS.SIGNATURE</c>, each base64url (<see href="https://www.rfc-editor.org/rfc/rfc7515"/>).</summary>
internal static class JsonWebToken
{
    private const int MaxLength = 16 << 10;

    /// <summary>Signs claims.</summary>
    public static string Sign(TokenKey key, ReadOnlySpan<byte> claims)
    {
        var header = Encoding.UTF8.GetBytes($$"""{"alg":"{{key.Algorithm}}","kid":"{{key.Id}}"}""");
        var signed = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>The claims of a token that one of the keys has signed; null for anything else.</summary>
    public static byte[]? Verify(string token, IReadOnlyList<TokenKey> keys)
    {
        if (token.Length > MaxLength || !Ascii.IsValid(token)) return null;
        var first = token.IndexOf('.');
        var last = token.LastIndexOf('.');
        if (first <= 0 || last <= first + 1 || token.AsSpan(first + 1, last - first - 1).Contains('.')) return null;
        if (Decode(token.AsSpan(0, first)) is not { } header || ReadHeader(header) is not { } named || Decode(token.AsSpan(last + 1)) is not { } signature) return null;

        var signed = Encoding.ASCII.GetBytes(token, 0, last);
        foreach (var key in keys)
        {
            // The algorithm is the key's, never the token's choice.
            if (named.Algorithm != key.Algorithm || (named.Key.Length > 0 && named.Key != key.Id)) continue;
            if (key.Verifies(signed, signature)) return Decode(token.AsSpan(first + 1, last - first - 1));
        }
        return null;
    }

    private static byte[]? Decode(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.DecodeFromChars(text, bytes, out var read, out var written) == OperationStatus.Done && read == text.Length ? bytes[..written] : null;
    }

    private static (string Algorithm, string Key)? ReadHeader(byte[] json)
    {
        var (algorithm, key) = ("", "");
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var (isAlgorithm, isKey) = (reader.ValueTextEquals("alg"u8), reader.ValueTextEquals("kid"u8));
                // What a critical extension means is not known here, so the token cannot be judged.
                if (reader.ValueTextEquals("crit"u8)) return null;
                reader.Read();
                if ((isAlgorithm || isKey) && reader.TokenType != JsonTokenType.String) return null;
                if (isAlgorithm) algorithm = reader.GetString()!;
                else if (isKey) key = reader.GetString()!;
                else reader.Skip();
            }
            return (algorithm, key);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
