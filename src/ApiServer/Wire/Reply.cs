using System.Buffers;
using System.IO.Pipelines;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Wire.Protobuf;

namespace Slipway.ApiServer.Wire;

/// <summary>Writes a body in pieces; each element that is taken means that what was written so far may be sent.</summary>
internal delegate IEnumerable<int> ChunkedBody(IBufferWriter<byte> output);

/// <summary>Writes a body that arises over time, until it ends by itself or is cancelled.</summary>
internal delegate Task StreamedBody(PipeWriter output, CancellationToken cancellation);

/// <summary>
/// An answer before its transport is known: bytes, compressed bytes, pieces, a stream, or what another server answered.
/// At most one of the five bodies is set.
/// </summary>
internal sealed record Reply
{
    public int StatusCode { get; init; } = 200;

    public string ContentType { get; init; } = MediaTypes.Json;

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public ReadOnlyMemory<byte> Body { get; init; }

    public ChunkedBody? Chunks { get; init; }

    /// <summary>Expected size of <see cref="Chunks"/>, in bytes.</summary>
    public int SizeHint { get; init; }

    /// <summary>A document that is kept compressed.</summary>
    public CompressedBody? Compressed { get; init; }

    public StreamedBody? Streamed { get; init; }

    public ApiResponse? Forwarded { get; init; }

    /// <summary>How much of the time to it was spent in queues and on webhooks of admission.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>Whether it goes on for as long as both sides want.</summary>
    public bool IsLasting => Streamed is not null || Forwarded is { Stream: not null } or { Connection: not null };

    /// <summary>A JSON document.</summary>
    public static Reply Json(ReadOnlyMemory<byte> body, int statusCode = 200) => new() { StatusCode = statusCode, Body = body };

    /// <summary>Plain text.</summary>
    public static Reply Text(string text, int statusCode = 200) =>
        new() { StatusCode = statusCode, ContentType = "text/plain; charset=utf-8", Body = System.Text.Encoding.UTF8.GetBytes(text) };

    /// <summary>The answer as callers in this process get it.</summary>
    public ApiResponse ToResponse()
    {
        if (Forwarded is not null) return Forwarded;
        return new ApiResponse
        {
            StatusCode = StatusCode,
            ContentType = ContentType,
            Headers = Headers,
            Body = Whole(),
            Stream = Streamed is null ? null : new ReplyStream(Streamed),
        };
    }

    /// <summary>Lets go of what a stream holds that is not to be read; of other answers, nothing.</summary>
    /// <param name="output">Where it would have been written.</param>
    public async ValueTask LeaveAsync(PipeWriter output)
    {
        if (Streamed is not { } unread) return;
        try
        {
            await unread(output, new CancellationToken(true));
        }
        catch (OperationCanceledException)
        {
            // It has let go, and that is all.
        }
    }

    /// <summary>The same answer in YAML; streams and what other servers answered stay as they are.</summary>
    public Reply ToYaml()
    {
        if (Streamed is not null || Forwarded is not null) return this;
        var body = Whole();
        var text = DocumentWriter.ToYaml(System.Text.Json.Nodes.JsonNode.Parse(body.Span, documentOptions: Nesting.Document));
        return As(MediaTypes.Yaml, System.Text.Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The same answer as protobuf, if it is a JSON document of a kind that has that form.</summary>
    public Reply ToProtobuf()
    {
        if ((Body.IsEmpty && Compressed is null) || ContentType != MediaTypes.Json || Forwarded is not null) return this;
        var body = Whole();
        var (apiVersion, kind) = (ScalarReader.Read(body.Span, "apiVersion"), ScalarReader.Read(body.Span, "kind"));
        if (apiVersion.Length == 0) apiVersion = "v1";
        if (kind.Length == 0 || ProtobufKinds.SchemaOf(apiVersion, kind) is not { } schema) return this;
        using var writer = new ProtobufWriter();
        var output = new ArrayBufferWriter<byte>(body.Length + 128);
        new ProtobufEnvelope(apiVersion, kind).Write(output, writer.Object(MessageLayout.Of(schema), body.Span));
        return As(MediaTypes.Protobuf, output.WrittenMemory);
    }

    /// <summary>The same answer for human readers: a JSON document with line breaks and an indentation of two.</summary>
    public Reply ToPretty()
    {
        if (ContentType != MediaTypes.Json || Streamed is not null || Forwarded is not null || (Body.IsEmpty && Chunks is null)) return this;
        var body = Whole();
        var output = new ArrayBufferWriter<byte>(body.Length * 2);
        JsonBytes.Indent(output, body.Span);
        return As(ContentType, output.WrittenMemory);
    }

    /// <summary>The same answer with more headers, and with another stream if one is given.</summary>
    public Reply With(IReadOnlyList<KeyValuePair<string, string>> headers, StreamedBody? streamed = null) =>
        this with { Headers = [.. Headers, .. headers], Streamed = streamed ?? Streamed };

    /// <summary>The same answer, something being done around the time in which it has the client's connection.</summary>
    public Reply Around(Func<Func<Task>, Task> around) => Forwarded is not { Connection: { } inner } known ? this : this with
    {
        Forwarded = new ApiResponse
        {
            StatusCode = known.StatusCode,
            Headers = known.Headers,
            Connection = new AroundConnection(inner, around),
        },
    };

    /// <summary>The same answer with its pieces as one body.</summary>
    public Reply Collected() => Chunks is null ? this : this with { Chunks = null, Body = Collect() };

    private Reply As(string contentType, ReadOnlyMemory<byte> body) => new() { StatusCode = StatusCode, ContentType = contentType, Headers = Headers, Waited = Waited, Body = body };

    private ReadOnlyMemory<byte> Whole() => Chunks is not null ? Collect() : Compressed is not null ? Compressed.Inflate() : Body;

    private ReadOnlyMemory<byte> Collect()
    {
        var output = new ArrayBufferWriter<byte>(Math.Max(SizeHint, 256));
        foreach (var _ in Chunks!(output)) { }
        return output.WrittenMemory;
    }
}

/// <summary>Does something around the time of a connection.</summary>
internal sealed class AroundConnection(IConnectionHandler inner, Func<Func<Task>, Task> around) : IConnectionHandler
{
    public Task RunAsync(Stream client, CancellationToken cancellation) => around(() => inner.RunAsync(client, cancellation));

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
