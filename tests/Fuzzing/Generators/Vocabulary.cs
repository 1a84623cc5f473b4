namespace Slipway.Fuzzing.Generators;

/// <summary>The words that requests are made of.</summary>
internal static class Vocabulary
{
    /// <summary>Namespaces that the stage has, and some that are not there.</summary>
    public static readonly string[] Namespaces = ["fuzz-a", "fuzz-a", "fuzz-a", "fuzz-b", "fuzz-b", "fuzz-missing", "default"];

    /// <summary>Names of objects: few, so that requests meet what others have made.</summary>
    public static readonly string[] Names = ["minimal", "minimal", "minimal", "a", "b", "c", "x.y", "missing"];

    /// <summary>What should not be a part of a path.</summary>
    public static readonly string[] Segments =
    [
        "", ".", "..", "%2e%2e", "%2E", "a%2Fb", "%2f", "%00", "%FF", "%C0%AF", "ü", "%C3%BC", "%F0%9F%98%80", "A", "-a", "a-", "a..b", "*", "{name}", "<x>", "'", "\"", "%25", "%", "%z", "%u0041",
        "a;b=c", "a:b", "~", "%20", "%0a", "%0d%0aX:%20y", "+", "null", "0", "-1", "watch", "namespaces", "status", "scale", "log", "exec", "api", "apis", "v1", "\\", "a\\b", "^", "|", "`", "$(x)", "%7F", "%ED%A0%80",
        new('a', 253), new('a', 254), new('a', 5000), string.Concat(Enumerable.Repeat("%61", 1000)), string.Concat(Enumerable.Repeat("a/", 300)),
    ];

    /// <summary>What should not be a number, and what is one at the edges.</summary>
    public static readonly string[] Numbers =
    [
        "", "0", "1", "-1", "2", "500", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "2147483648", "18446744073709551616", "1e3", "0x10", " 1", "1 ", "+1", "1.5", "NaN", "true", "abc", "\u0663", "%00",
        "1,2", "00", "1_000", new('9', 400),
    ];

    /// <summary>What should not be a name, label or text of any kind.</summary>
    public static readonly string[] Texts =
    [
        "", " ", "a", "A", "-", ".", "a b", "a\nb", "a\tb", "a\0b", "\u0001", "\u007f", "ü", "汉字", "😀", "\u202e", "\ufeff", "\u2028", "{{x}}", "${x}", "$(x)", "%s%n%d", "' or 1=1", "<script>", "../../etc/passwd", "a/b/c", "/", "//",
        "1", "1.5", "true", "null", "~", "0x10", "1e999", "1e999999999", "-1Gi", "1Gi", "1.5.5", "10Ei", "9223372036854775808", "2026-13-45T99:99:99Z", "2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z",
        "10.0.0.1", "::1", "300.1.1.1", "10.0.0.0/33", "http://", "https://[::1", "kubernetes.io/x", "example.com/", "/x", new('x', 63), new('x', 64), new('x', 254), new('y', 3000), "AA==", "A===", "-----BEGIN CERTIFICATE-----", "* * * * *", "99 * * * *",
        "@every 0s", "(a+)+$", "[", "(?<=a)b", "\\", "\\u0000", "self", "self == self", "resourceVersion", "kubernetes.io/hostname", "system:masters", "*", "*/*", "metadata.name", ".spec.x", "{.spec.x}", "v1", "apps/v1", "Pod", "Object{}",
    ];
}
