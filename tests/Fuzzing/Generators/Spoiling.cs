using System.Text;

namespace Slipway.Fuzzing.Generators;

/// <summary>Changes the bytes of a document, so that what it is written in is wrong.</summary>
internal static class Spoiling
{
    private static readonly byte[][] Intruders =
        [[0], [0xFF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xEF, 0xBB, 0xBF], "\\u0000"u8.ToArray(), "\\ud800"u8.ToArray(), "\\x"u8.ToArray(), "\""u8.ToArray(), "{"u8.ToArray(), "]"u8.ToArray(), ","u8.ToArray(), "\n"u8.ToArray(), "//x\n"u8.ToArray(), "/*"u8.ToArray()];

    /// <summary>Bytes that are spoilt in a way that any format knows: cut off, flipped, with something put in.</summary>
    public static byte[] Bytes(Random random, byte[] bytes)
    {
        if (bytes.Length == 0) return [0];
        switch (random.Next(4))
        {
            case 0: return bytes[..random.Next(bytes.Length)];
            case 1:
                for (var flips = random.Few(1, 8); flips > 0; flips--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                return bytes;
            case 2:
                var at = random.Next(bytes.Length);
                return [.. bytes.AsSpan(0, at), .. random.Pick(Intruders), .. bytes.AsSpan(at)];
            default:
                var (from, to) = (random.Next(bytes.Length), random.Next(bytes.Length));
                return from <= to ? [.. bytes.AsSpan(0, from), .. bytes.AsSpan(to)] : [.. bytes.AsSpan(0, from), .. bytes.AsSpan(to)];
        }
    }

    /// <summary>A spoilt JSON text.</summary>
    public static byte[] Json(Random random, string json)
    {
        switch (random.Next(14))
        {
            case 0: return Encoding.UTF8.GetBytes(json + random.Pick(["x", "{}", ",", "]", "\0", " null"]));
            case 1: return Encoding.UTF8.GetBytes("{\"kind\":\"X\",\"metadata\":{},\"spec\":{}," + json[1..]);
            case 2: return Encoding.Unicode.GetBytes(json);
            case 3: return Encoding.UTF8.GetBytes(random.Pick(["", " ", "null", "true", "1", "\"a\"", "[]", "{}", "[[]]", "{", "\"", "\ufeff", "\ufeff{}", "{\"a\":}", "{a:1}", "NaN", "-", "1e", "{\"\":{}}"]));
            case 4: return Encoding.UTF8.GetBytes("[" + json + "]");
            case 5: return Encoding.UTF8.GetBytes(json.Replace('"', '\''));
            case 6 or 7:
                var depth = random.Pick([60, 70, 130, 250, 300, 1_000, 20_000]);
                var colon = json.IndexOf(':', random.Next(json.Length / 2 + 1));
                return colon < 0 ? [] : Encoding.UTF8.GetBytes($"{json[..(colon + 1)]}{Repeat(random.OneIn(2) ? "[" : "{\"a\":", depth)}{json[(colon + 1)..]}");
            case 8 when random.OneIn(40): return Encoding.UTF8.GetBytes(Repeat(random.Pick(["[", "{\"a\":", "[[],", " ", "[1,"]), 500_000));
            case 9 when random.OneIn(40): return Encoding.UTF8.GetBytes($"{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"name\":\"minimal\"}},\"data\":{{\"k\":\"{new string('x', random.Pick([1_000_000, 2_900_000, 3_200_000]))}\"}}}}");
            case 10 when random.OneIn(20): return Encoding.UTF8.GetBytes("{" + string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"k{i}\":{i}")) + "}");
            default: return Bytes(random, Encoding.UTF8.GetBytes(json));
        }
    }

    /// <summary>A spoilt YAML text.</summary>
    public static byte[] Yaml(Random random, string yaml) => random.Next(12) switch
    {
        0 => Text(yaml.Replace("  ", "\t", StringComparison.Ordinal)),
        1 => Text("%YAML 9.9\n---\n" + yaml),
        2 => Text(yaml + "---\n" + yaml),
        3 => Text(yaml + random.Pick(["? [a, b]\n: c\n", "<<: 1\n", "<<: *none\n", "<<: [{a: 1}, 2]\n", "a: !!binary AA==\n", "b: !!python/object:os.system x\n", "c: !<tag:x> y\n", "d: &a [*a]\n", "e: |9\n  x\n", "f: >-\n", "'g: x\n", "h: \"\\x\"\n", "i: @\n", "- j\n", "k: {l\n", "~: m\n", "1: n\n", "2026-01-01: o\n", "p: q: r\n", "...\ns: t\n", "u: *u\n", "v: [<<: {}]\n"])),
        4 => Text("a: &a [x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"{(char)('b' + i)}: &{(char)('b' + i)} [{string.Join(',', Enumerable.Repeat($"*{(char)('a' + i)}", 9))}]\n"))),
        5 when random.OneIn(4) => Text(string.Concat(Enumerable.Range(0, 200).Select(i => $"&a{i} [")) + string.Concat(Enumerable.Repeat("x,", random.Pick([100, 5_000]))) + new string(']', 200)),
        8 when random.OneIn(4) => Text("a: &a0 [x]\n" + string.Concat(Enumerable.Range(1, 90).Select(i => $"b{i}: &a{i} {Repeat("[", 150)}*a{i - 1}{new string(']', 150)}\n"))),
        6 => Text(Repeat(random.Pick(["[", "{a: ", "- ", "? ", "a:\n ", "!!a "]), random.Pick([100, 300, 3_000]))),
        7 => Text("\ufeff" + yaml),
        8 => Text(yaml.Replace(": ", ":", StringComparison.Ordinal)),
        9 => Text(yaml + "x: " + Repeat(random.Pick(["'", "\"", "&a ", "*a ", "# ", "a: ", ", "]), random.Pick([3, 300]))),
        _ => Bytes(random, Text(yaml)),
    };

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
