using Slipway.Api;

namespace Slipway.Fuzzing.Generators;

/// <summary>Creates, updates and deletions in protobuf, most of them spoilt, and reads that ask for it.</summary>
internal static class ProtobufBodies
{
    public static Draft Next(Random random)
    {
        var type = Corpus.Kind(random);
        var accepted = random.Pick([MediaTypes.Protobuf, MediaTypes.Protobuf, MediaTypes.Json]);
        if (random.OneIn(4)) return new Draft("GET", random.OneIn(2) ? Corpus.Object(random, type) : Corpus.Collection(random, type)).With("Accept", accepted);
        var body = Corpus.Protobuf(Corpus.Document(random, type));
        if (!random.OneIn(6)) body = random.OneIn(3) ? Lengthened(random, body) : Spoiling.Bytes(random, body);
        var draft = random.Next(5) switch
        {
            0 or 1 or 2 => new Draft("POST", Corpus.Collection(random, type)),
            3 => new Draft("PUT", Corpus.Object(random, type)),
            _ => new Draft("DELETE", Corpus.Object(random, type)),
        };
        return draft.With(body, MediaTypes.Protobuf).With("Accept", accepted);
    }

    // Varints are lengths and tags more often than not: a byte that goes on, or ends too early, moves all that follows.
    private static byte[] Lengthened(Random random, byte[] body)
    {
        for (var i = random.Few(1, 4); i > 0; i--)
        {
            var at = random.Next(4, body.Length);
            body[at] = random.Next(4) switch { 0 => 0xFF, 1 => 0x80, 2 => 0, _ => (byte)(body[at] + 1) };
        }
        if (random.OneIn(10)) body = [.. body.AsSpan(0, Math.Min(body.Length, 40)), .. Enumerable.Repeat((byte)random.Pick([0x0A, 0x0B, 0x80, 0xFF, 0x12]), random.Pick([30, 3_000, 60_000]))];
        return body;
    }
}
