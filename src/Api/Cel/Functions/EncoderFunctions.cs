using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>Base 64 (<see href="https://pkg.go.dev/github.com/google/cel-go/ext#Encoders"/>); Kubernetes does not have it.</summary>
internal static class EncoderFunctions
{
    public static IReadOnlyList<CelOverload> All { get; } =
    [
        Global("base64.encode", "base64_encode_bytes", [CelType.Bytes], CelType.String, (_, a) => new CelString(Convert.ToBase64String(((CelBytes)a[0]).Value.Span))),
        Global("base64.decode", "base64_decode_string", [CelType.String], CelType.Bytes, (_, a) => Decode(a[0].Text())),
    ];

    /// <summary>With or without padding.</summary>
    private static CelValue Decode(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text.TrimEnd('=').PadRight((text.TrimEnd('=').Length + 3) / 4 * 4, '='), bytes, out var count)
            ? new CelBytes(bytes.AsMemory(0, count))
            : new CelError("illegal base64 data");
    }
}
