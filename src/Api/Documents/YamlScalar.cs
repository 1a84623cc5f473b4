using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Slipway.Api.Documents;

/// <summary>
/// What a YAML scalar stands for in JSON. Plain scalars are null, <c>true</c>/<c>false</c>, integers (also
/// <c>0x1F</c>, <c>0o17</c> and, as manifests use it for file modes, <c>0644</c>), floats, or text.
/// </summary>
internal static partial class YamlScalar
{
    public static JsonNode? Resolve(Scalar scalar)
    {
        var tag = scalar.Tag.IsEmpty || scalar.Tag.IsNonSpecific ? null : scalar.Tag.Value;
        return tag switch
        {
            null when scalar.Style == ScalarStyle.Plain => Plain(scalar.Value, scalar.Start),
            null or "tag:yaml.org,2002:str" => JsonValue.Create(scalar.Value),
            "tag:yaml.org,2002:null" => null,
            "tag:yaml.org,2002:bool" => Bool(scalar.Value) ?? throw Mismatch(scalar, "boolean"),
            "tag:yaml.org,2002:int" or "tag:yaml.org,2002:float" => Number(scalar.Value, scalar.Start) ?? throw Mismatch(scalar, "number"),
            "tag:yaml.org,2002:binary" => Binary(scalar),
            _ => throw new YamlException(scalar.Start, scalar.End, $"the tag {tag} is not understood"),
        };
    }

    /// <summary>Whether a text, written plainly, would be read as something other than that text.</summary>
    public static bool NeedsQuotes(string text) =>
        text.Length == 0 || IsNull(text) || Bool(text) is not null || LegacyBool().IsMatch(text) || NumberShape(text) || text is "=" or "<<" || Timestamp().IsMatch(text);

    private static JsonNode? Plain(string text, Mark at) => IsNull(text) ? null : Bool(text) ?? Number(text, at) ?? JsonValue.Create(text);

    private static bool IsNull(string text) => text is "" or "~" or "null" or "Null" or "NULL";

    private static JsonValue? Bool(string text) => text switch
    {
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ => null,
    };

    private static bool NumberShape(string text) => Decimal().IsMatch(text) || Prefixed().IsMatch(text) || Float().IsMatch(text) || Special().IsMatch(text);

    private static JsonNode? Number(string text, Mark at)
    {
        var first = text.Length == 0 ? '\0' : text[0];
        if (!(char.IsAsciiDigit(first) || first is '-' or '+' or '.')) return null;
        if (Special().IsMatch(text)) throw new YamlException(at, at, $"{text} cannot be written in JSON");
        var sign = text[0] == '-' ? "-" : "";
        var digits = text.TrimStart('-', '+').Replace("_", "", StringComparison.Ordinal);
        if (Decimal().IsMatch(text)) return Raw(sign + digits);
        if (Prefixed().IsMatch(text)) return Raw(sign + FromPrefixed(digits).ToString(CultureInfo.InvariantCulture));
        if (!Float().IsMatch(text)) return null;
        // JSON wants digits on both sides of the point, and no leading zeros.
        var point = FloatParts().Match(digits);
        var whole = point.Groups[1].Value.TrimStart('0');
        var fraction = point.Groups[2].Value.TrimStart('.');
        return Raw(sign + (whole.Length == 0 ? "0" : whole) + (point.Groups[2].Length == 0 ? "" : "." + (fraction.Length == 0 ? "0" : fraction)) + point.Groups[3].Value);
    }

    private static BigInteger FromPrefixed(string digits)
    {
        var (radix, rest) = digits switch
        {
            ['0', 'x' or 'X', ..] => (16, digits[2..]),
            ['0', 'b' or 'B', ..] => (2, digits[2..]),
            ['0', 'o' or 'O', ..] => (8, digits[2..]),
            _ => (8, digits[1..]),
        };
        return rest.Aggregate(BigInteger.Zero, (sum, c) => sum * radix + Convert.ToInt32(c.ToString(), 16));
    }

    private static JsonNode Raw(string number) => JsonNode.Parse(number)!;

    private static JsonValue Binary(Scalar scalar)
    {
        try
        {
            return JsonValue.Create(Encoding.UTF8.GetString(Convert.FromBase64String(scalar.Value)));
        }
        catch (FormatException)
        {
            throw Mismatch(scalar, "base64 text");
        }
    }

    private static YamlException Mismatch(Scalar scalar, string what) => new(scalar.Start, scalar.End, $"\"{scalar.Value}\" is not a {what}");

    [GeneratedRegex(@"^[-+]?(0|[1-9][0-9_]*)\z")]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^[-+]?(0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|0[0-7_]+)\z")]
    private static partial Regex Prefixed();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Float();

    [GeneratedRegex(@"^([0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?\z")]
    private static partial Regex FloatParts();

    [GeneratedRegex(@"^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z")]
    private static partial Regex Special();

    // Other readers of what we write still follow YAML 1.1.
    [GeneratedRegex(@"^(y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)\z")]
    private static partial Regex LegacyBool();

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?\z")]
    private static partial Regex Timestamp();
}
