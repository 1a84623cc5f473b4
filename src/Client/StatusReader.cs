using System.Text;
using System.Text.Json;
using Slipway.Api;

namespace Slipway.Client;

/// <summary>Makes the exception of a refusal from its <c>Status</c> document.</summary>
internal static class StatusReader
{
    /// <summary>The refusal that a response with a code of 400 or more carries.</summary>
    public static async ValueTask<ApiException> ReadAsync(ApiResponse response, CancellationToken cancellation)
    {
        var body = response.Body;
        if (response.Stream is { } stream)
        {
            var buffer = new MemoryStream();
            await stream.CopyToAsync(buffer, cancellation);
            body = buffer.ToArray();
        }
        return Parse(response.StatusCode, body);
    }

    /// <summary>The refusal in <paramref name="body"/>; proxies and other servers answer with text, which becomes the message.</summary>
    public static ApiException Parse(int code, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement is { ValueKind: JsonValueKind.Object } status)
                return Parse(code, status);
        }
        catch (JsonException)
        {
            // Not a Status: told as text below.
        }
        var text = Encoding.UTF8.GetString(body.Span).Trim();
        return new(code, ReasonOf(code), text.Length == 0 ? $"the server answered with code {code}" : text);
    }

    private static ApiException Parse(int code, JsonElement status)
    {
        var details = Property(status, "details", JsonValueKind.Object);
        var causes = new List<StatusCause>();
        if (details is { } d && Property(d, "causes", JsonValueKind.Array) is { } list)
            foreach (var cause in list.EnumerateArray())
                causes.Add(new(Text(cause, "reason") ?? "", Text(cause, "field") ?? "", Text(cause, "message") ?? ""));

        if (Property(status, "code", JsonValueKind.Number) is { } number && number.TryGetInt32(out var own) && own != 0)
            code = own;
        return new(code, Text(status, "reason") is { Length: > 0 } reason ? reason : ReasonOf(code), Text(status, "message") ?? $"the server answered with code {code}")
        {
            Group = Text(details, "group"),
            Kind = Text(details, "kind"),
            Name = Text(details, "name"),
            Causes = causes,
            RetryAfterSeconds = details is { } e && Property(e, "retryAfterSeconds", JsonValueKind.Number) is { } seconds ? seconds.GetInt32() : null,
        };
    }

    private static JsonElement? Property(JsonElement element, string name, JsonValueKind kind) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;

    private static string? Text(JsonElement? element, string name) =>
        element is { } e && Property(e, name, JsonValueKind.String) is { } value ? value.GetString() : null;

    private static string ReasonOf(int code) => code switch
    {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        410 => "Expired",
        422 => "Invalid",
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "InternalError",
    };
}
