using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Slipway.ApiServer.Authentication;

/// <summary>
/// A bearer token among the subprotocols of a WebSocket, where browsers can send no header of their own:
/// <c>base64url.bearer.authorization.k8s.io.TOKEN</c>, the token in base64url without padding. Another subprotocol must be beside it,
/// since it is never the one that is chosen.
/// </summary>
/// <param name="Token">The token; empty when what was sent is not of this form.</param>
/// <param name="Others">The other subprotocols, as the header has them.</param>
internal sealed record WebSocketBearer(string Token, string Others)
{
    private const string Prefix = "base64url.bearer.authorization.k8s.io.";
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The token of a request; null when it is for no WebSocket, or brings none.</summary>
    public static WebSocketBearer? Of(HttpRequest request) =>
        "websocket".Equals(request.Headers.Upgrade, StringComparison.OrdinalIgnoreCase) ? Among(request.Headers.SecWebSocketProtocol.ToString()) : null;

    /// <summary>The token among subprotocols; null when there is none.</summary>
    /// <param name="protocols">The values of <c>Sec-WebSocket-Protocol</c>, with commas between them.</param>
    public static WebSocketBearer? Among(string protocols)
    {
        if (!protocols.Contains(Prefix, StringComparison.Ordinal)) return null;
        var all = protocols.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToLookup(protocol => protocol.StartsWith(Prefix, StringComparison.Ordinal));
        var isGood = all[true].Count() == 1 && all[false].Any();
        return new(isGood ? Decoded(all[true].First()[Prefix.Length..]) : "", string.Join(',', all[false]));
    }

    private static string Decoded(string encoded)
    {
        if (encoded.Contains('=')) return "";
        try
        {
            return Strict.GetString(Base64Url.DecodeFromChars(encoded));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            return "";
        }
    }
}
