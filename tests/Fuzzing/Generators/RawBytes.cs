using System.Text;

namespace Slipway.Fuzzing.Generators;

/// <summary>What is no HTTP: broken request lines, headers, bodies and frames, and clients that stop in the middle.</summary>
internal static class RawBytes
{
    private const string Post = "POST /api/v1/namespaces/fuzz-a/configmaps HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

    public static FuzzBytes Next(int seed, string generator, Random random)
    {
        var isTls = !random.OneIn(10);
        if (!isTls) return new(seed, generator, [random.OneIn(2) ? Noise(random) : Text("GET / HTTP/1.1\r\nHost: x\r\n\r\n")], false, random.OneIn(2));
        byte[][] pieces = random.Next(16) switch
        {
            0 => [Noise(random)],
            1 => [Text(random.Pick(["GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\r\n\r\n", " GET / HTTP/1.1\r\n\r\n", "\r\n\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET  /  HTTP/1.1\r\nHost: x\r\n\r\n", "G\0T / HTTP/1.1\r\nHost: x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"]))],
            2 => [Text($"GET /api/v1/pods HTTP/1.1\r\nHost: x\r\n{random.Pick(["no colon", ": empty", "a b: c", "Host: y", "Host", " folded: x", "X: a\0b", "X\u0001: y", "Content-Length: x", "Content-Length: -1", "Content-Length: 1\r\nContent-Length: 2", "Transfer-Encoding: x", "Transfer-Encoding: chunked\r\nContent-Length: 3", "Connection: Upgrade\r\nUpgrade: h2c"])}\r\n\r\n")],
            3 => [Text($"GET / HTTP/1.1\r\nHost: x\r\n{string.Concat(Enumerable.Range(0, 300).Select(i => $"X{i}: y\r\n"))}\r\n")],
            4 => [Text($"GET /{new string('a', 20_000)} HTTP/1.1\r\nHost: x\r\n\r\n")],
            5 => [Text($"GET / HTTP/1.1\r\nHost: x\r\nX: {new string('a', 40_000)}\r\n\r\n")],
            6 => [Text($"{Post}Content-Length: 100\r\n\r\n{{\"apiVersion\":")],
            7 => [Text($"{Post}Transfer-Encoding: chunked\r\n\r\n{random.Pick(["xyz\r\n", "-1\r\n", "FFFFFFFFFFFFFFFF\r\n{}", "5\r\n{}\r\n", "2\r\n{}XX0\r\n\r\n", "2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n", "0\r\n\r\n", "\r\n"])}")],
            8 => [Text($"{Post}Content-Encoding: gzip\r\nContent-Length: 12\r\n\r\n\u001f\u008bnotgzip###")],
            9 => [Text("POST /api/v1/name"), Text("spaces/fuzz-a/configmaps HTTP/1.1\r\nHo"), Text("st: x\r\nContent-Le"), Text("ngth: 2\r\n\r\n{"), Text("}")],
            10 => [Text($"{Post}Expect: 100-continue\r\nContent-Length: 50\r\n\r\n")],
            11 => [Text(string.Concat(Enumerable.Repeat("GET /version HTTP/1.1\r\nHost: x\r\n\r\n", 20)) + "garbage\r\n\r\n")],
            12 => [Frames(random, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")],
            13 => [Frames(random, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0")],
            14 => [Text($"{random.Pick(["CONNECT localhost:22", "OPTIONS *", "TRACE /api", "GET http://evil/", "GET ?a=b", "GET api"])} HTTP/1.1\r\nHost: x\r\n\r\n")],
            _ => [Spoiling.Bytes(random, Text($"{Post}Content-Length: 2\r\n\r\n{{}}"))],
        };
        return new(seed, generator, pieces, true, random.OneIn(3));
    }

    private static byte[] Noise(Random random)
    {
        var bytes = new byte[random.Pick([1, 20, 600, 9_000])];
        random.NextBytes(bytes);
        return bytes;
    }

    // Frames of HTTP/2: a length of three bytes, a type, flags, a stream, and what may be anything.
    private static byte[] Frames(Random random, string start)
    {
        var bytes = new List<byte>(Text(start));
        for (var i = random.Few(1, 6); i > 0; i--)
        {
            var payload = new byte[random.Next(40)];
            random.NextBytes(payload);
            bytes.AddRange([0, 0, (byte)(random.OneIn(6) ? 200 : payload.Length), (byte)random.Next(12), (byte)random.Next(256), 0, 0, 0, (byte)random.Next(4)]);
            bytes.AddRange(payload);
        }
        return [.. bytes];
    }

    private static byte[] Text(string text) => Encoding.Latin1.GetBytes(text);
}
