using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Serving;

/// <summary>Sends replies over HTTP: large documents compressed where the client takes that, and none faster than it reads.</summary>
internal static class ReplySender
{
    /// <summary>The header that names a request, in the audit log too if that records it; each answer has it.</summary>
    public const string AuditId = "Audit-Id";

    /// <summary>Size from which a document is compressed, in bytes: below it, time is worth more than the network.</summary>
    public const int CompressedFrom = 128 << 10;

    public static async Task SendAsync(HttpContext http, Reply reply, CancellationToken ended)
    {
        var response = http.Response;
        var forwarded = reply.Forwarded;
        await using var _ = forwarded;
        response.StatusCode = forwarded?.StatusCode ?? reply.StatusCode;
        WriteHeaders(response.Headers, forwarded?.Headers ?? [], reply.Headers);
        if (response.StatusCode == StatusCodes.Status304NotModified) return;
        if (forwarded?.Connection is { } connection)
        {
            await using var client = await http.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
            await connection.RunAsync(client, ended);
            return;
        }
        if ((forwarded?.ContentType ?? reply.ContentType) is { Length: > 0 } type) response.ContentType = type;

        if (HttpMethods.IsHead(http.Request.Method))
        {
            await response.StartAsync(ended);
            await reply.LeaveAsync(response.BodyWriter);
            return;
        }
        if (forwarded?.Stream is { } stream)
        {
            await response.StartAsync(ended);
            await response.BodyWriter.FlushAsync(ended);
            await CopyAsync(stream, response, ended);
        }
        else if (forwarded is not null) await SendAsync(response, forwarded.Body, ended);
        else if (reply.Streamed is not null && WatchSocket.IsAsked(http)) await WatchSocket.ServeAsync(http, reply, ended);
        else if (reply.Streamed is { } streamed)
        {
            await response.StartAsync(ended);
            await streamed(response.BodyWriter, ended);
        }
        else if (reply.Compressed is { } compressed)
        {
            var isTaken = TakesGzip(http.Request.Headers.AcceptEncoding);
            if (isTaken) response.Headers.ContentEncoding = "gzip";
            response.Headers.Append("Vary", "Accept-Encoding");
            await SendAsync(response, isTaken ? compressed.Gzip : compressed.Inflate(), ended);
        }
        else if (Math.Max(reply.SizeHint, reply.Body.Length) >= CompressedFrom && TakesGzip(http.Request.Headers.AcceptEncoding)) await CompressAsync(response, reply, ended);
        else if (reply.Chunks is { } chunks)
        {
            await response.StartAsync(ended);
            foreach (var piece in chunks(response.BodyWriter)) await response.BodyWriter.FlushAsync(ended);
        }
        else await SendAsync(response, reply.Body, ended);
    }

    /// <summary>Whether an <c>Accept-Encoding</c> header names gzip.</summary>
    public static bool TakesGzip(string? accepted)
    {
        foreach (var range in accepted.AsSpan().Split(','))
        {
            var part = accepted.AsSpan()[range].Trim();
            var end = part.IndexOf(';');
            if (!(end < 0 ? part : part[..end]).Trim().Equals("gzip", StringComparison.OrdinalIgnoreCase)) continue;
            var quality = end < 0 ? "" : part[(end + 1)..].Trim();
            return !(quality.StartsWith("q=0") && quality[3..].Trim('0') is "" or ".");
        }
        return false;
    }

    // What this server says of a forwarded answer counts for more than what the other one does.
    private static void WriteHeaders(IHeaderDictionary headers, IReadOnlyList<KeyValuePair<string, string>> forwarded, IReadOnlyList<KeyValuePair<string, string>> own)
    {
        foreach (var (name, value) in forwarded) headers.Append(name, value);
        foreach (var (name, value) in own)
        {
            if (name == AuditId) headers[name] = value;
            else headers.Append(name, value);
        }
        if (!headers.ContainsKey(AuditId)) headers[AuditId] = Guid.NewGuid().ToString();
        if (!headers.ContainsKey("Cache-Control")) headers.CacheControl = "no-cache, private";
    }

    private static async Task SendAsync(HttpResponse response, ReadOnlyMemory<byte> body, CancellationToken ended)
    {
        response.ContentLength = body.Length;
        if (body.Length > 0) await response.BodyWriter.WriteAsync(body, ended);
    }

    private static async Task CompressAsync(HttpResponse response, Reply reply, CancellationToken ended)
    {
        response.Headers.ContentEncoding = "gzip";
        response.Headers.Append("Vary", "Accept-Encoding");
        await response.StartAsync(ended);
        await using var gzip = new GZipStream(response.Body, CompressionLevel.Fastest);
        if (reply.Chunks is null)
        {
            await gzip.WriteAsync(reply.Body, ended);
            return;
        }
        using var piece = new PooledBuffer(CompressedFrom);
        foreach (var written in reply.Chunks(piece))
        {
            await gzip.WriteAsync(piece.WrittenMemory, ended);
            piece.Clear();
        }
        await gzip.WriteAsync(piece.WrittenMemory, ended);
    }

    // Each piece goes out as it comes: it may be a line of a followed log.
    private static async Task CopyAsync(Stream stream, HttpResponse response, CancellationToken ended)
    {
        var writer = response.BodyWriter;
        while (true)
        {
            var read = await stream.ReadAsync(writer.GetMemory(16 << 10), ended);
            if (read == 0) return;
            writer.Advance(read);
            await writer.FlushAsync(ended);
        }
    }
}
