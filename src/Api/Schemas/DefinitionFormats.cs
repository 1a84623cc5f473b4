using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Slipway.Api.Cel;

namespace Slipway.Api.Schemas;

/// <summary>
/// The formats that mean something in schemas of definitions, and what they say of texts, by the same rules as Kubernetes'; values are not held to others
/// (<see href="https://github.com/kubernetes/apiextensions-apiserver/blob/v0.37.0-beta.0/pkg/apiserver/validation/formats.go"/>,
/// <see href="https://github.com/kubernetes/kube-openapi/tree/master/pkg/validation/strfmt"/>).
/// </summary>
internal static partial class DefinitionFormats
{
    private const string Color = @"\s*(0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])\s*", Symbol = @"[a-zA-Z0-9\p{S}\p{L}]";

    // What is not said of a value is that it "must be ...".
    private static readonly FrozenDictionary<string, (Func<string, bool> Holds, string What)> OfTexts = new Dictionary<string, (Func<string, bool>, string)>
    {
        ["bsonobjectid"] = (t => t.Length == 24 && t.All(char.IsAsciiHexDigit), "24 hexadecimal digits"),
        ["uri"] = (t => CelUrl.Parse(t) is not null, "a URI or a path from the root"),
        ["email"] = (t => MailAddress.TryCreate(t, out _), "an e-mail address"),
        ["hostname"] = (IsHostName, "a host name"),
        ["ipv4"] = (t => t.Contains('.') && IsAddress(t), "an IPv4 address"),
        ["ipv6"] = (t => t.Contains(':') && IsAddress(t), "an IPv6 address"),
        ["cidr"] = (IsBlock, "an address block, such as \"10.0.0.0/8\""),
        ["mac"] = (t => Mac().IsMatch(t), "a MAC address"),
        ["uuid"] = (t => Uuid().IsMatch(t), "a UUID"),
        ["uuid3"] = (t => IsUuid(t, '3', ""), "a UUID of version 3"),
        ["uuid4"] = (t => IsUuid(t, '4', "89ab"), "a UUID of version 4"),
        ["uuid5"] = (t => IsUuid(t, '5', "89ab"), "a UUID of version 5"),
        ["isbn"] = (t => IsIsbn10(t) || IsIsbn13(t), "an ISBN"),
        ["isbn10"] = (IsIsbn10, "an ISBN of 10 digits"),
        ["isbn13"] = (IsIsbn13, "an ISBN of 13 digits"),
        ["creditcard"] = (IsCreditCard, "the number of a credit card"),
        ["ssn"] = (t => SocialSecurity().IsMatch(t), "a social security number"),
        ["hexcolor"] = (t => HexColor().IsMatch(t), "a color, such as \"#FFFFFF\""),
        ["rgbcolor"] = (t => RgbColor().IsMatch(t), "a color, such as \"rgb(255, 0, 0)\""),
        ["byte"] = (t => Base64Text().IsMatch(t), "base64 text"),
        ["password"] = (_ => true, ""),
        ["date"] = (IsDate, "a date, such as \"2006-01-02\""),
        ["duration"] = (IsDuration, "a duration, such as \"1h30m\""),
        ["datetime"] = (IsTime, "a time as in RFC 3339, such as \"2006-01-02T15:04:05Z\""),
        ["k8sshortname"] = (t => t.Length <= 63 && ShortName().IsMatch(t), "a name of at most 63 lower-case letters, digits and dashes"),
        ["k8slongname"] = (t => t.Length <= 253 && LongName().IsMatch(t), "a name of at most 253 lower-case letters, digits, dashes and dots"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether a format is known for values of a type. Dashes do not count in formats of texts.</summary>
    /// <param name="type">The type that stands beside it; null for none.</param>
    /// <param name="format">The format.</param>
    public static bool IsKnown(string? type, string format) => type switch
    {
        null or "" or "string" => OfTexts.ContainsKey(Normalized(format)),
        "integer" => format is "int32" or "int64",
        "number" => format is "float" or "double",
        _ => false,
    };

    /// <summary>What is wrong with a text of a format, or null; unknown formats say nothing.</summary>
    public static string? Error(string format, string text) => OfTexts.TryGetValue(Normalized(format), out var rule) && !rule.Holds(text) ? $"must be {rule.What}" : null;

    private static string Normalized(string format) => format.Replace("-", "", StringComparison.Ordinal);

    private static bool IsHostName(string text) => text.Length <= 255 && HostName().IsMatch(text) && text.Split('.').All(label => label.Length <= 63);

    // Numbers of IPv4 may begin with zeros, and are decimal all the same.
    private static bool IsAddress(string text) => text.Contains(':')
        ? text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.') && IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
        : text.Split('.') is { Length: 4 } parts && parts.All(p => p.Length > 0 && p.All(char.IsAsciiDigit) && int.TryParse(p, CultureInfo.InvariantCulture, out var number) && number <= 255);

    private static bool IsBlock(string text) =>
        text.Split('/') is [var address, { Length: > 0 } length] && IsAddress(address) && length.All(char.IsAsciiDigit)
        && int.TryParse(length, CultureInfo.InvariantCulture, out var bits) && bits <= (address.Contains(':') ? 128 : 32);

    private static bool IsUuid(string text, char version, string variants) =>
        Uuid().Match(text) is { Success: true } match && match.Groups["version"].ValueSpan[0] == version && (variants.Length == 0 || variants.Contains(char.ToLowerInvariant(match.Groups["variant"].ValueSpan[0])));

    private static bool IsIsbn10(string text)
    {
        var digits = IsbnGaps().Replace(text, "");
        if (digits.Length != 10 || !digits[..9].All(char.IsAsciiDigit) || !(char.IsAsciiDigit(digits[9]) || digits[9] == 'X')) return false;
        var sum = 0;
        for (var i = 0; i < 10; i++) sum += (i + 1) * (digits[i] == 'X' ? 10 : digits[i] - '0');
        return sum % 11 == 0;
    }

    private static bool IsIsbn13(string text)
    {
        var digits = IsbnGaps().Replace(text, "");
        if (digits.Length != 13 || !digits.All(char.IsAsciiDigit)) return false;
        var sum = 0;
        for (var i = 0; i < 13; i++) sum += (i % 2 == 0 ? 1 : 3) * (digits[i] - '0');
        return sum % 10 == 0;
    }

    private static bool IsCreditCard(string text)
    {
        var digits = string.Concat(text.Where(char.IsAsciiDigit));
        if (!CreditCard().IsMatch(digits)) return false;
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = (digits[^(i + 1)] - '0') * (i % 2 == 0 ? 1 : 2);
            sum += digit > 9 ? digit - 9 : digit;
        }
        return sum % 10 == 0;
    }

    private static bool IsDate(string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static bool IsTime(string text) => TimeParts().Match(text) is { Success: true } match && IsDate(match.Groups["date"].Value);

    // One number with a unit is enough, whatever stands around it.
    private static bool IsDuration(string text)
    {
        if (CelDuration.Parse(text) is not null) return true;
        var isOne = false;
        for (var at = 0; at < text.Length;)
        {
            var count = text.AsSpan(at).IndexOfAnyExceptInRange('0', '9') is var digits and >= 0 ? digits : text.Length - at;
            if (count == 0)
            {
                at++;
                continue;
            }
            var rest = text.AsSpan(at + count).TrimStart();
            var letters = 0;
            while (letters < rest.Length && (char.IsAsciiLetter(rest[letters]) || rest[letters] == 'µ')) letters++;
            if (letters > 0 && !long.TryParse(text.AsSpan(at, count), CultureInfo.InvariantCulture, out _)) return false;
            isOne |= letters > 0 && Unit().IsMatch(rest[..letters]);
            at += count;
        }
        return isOne;
    }

    [GeneratedRegex(@"^(?<date>\d{4}-\d{2}-\d{2})[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})\z")]
    private static partial Regex TimeParts();

    [GeneratedRegex(@"^(ns|us|µs|ms|s|m|h|hr|d|w|wk|(nano|micro|milli|sec|min|hour|day|week).*)\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Unit();

    [GeneratedRegex(@"^([0-9A-Fa-f]{2}([:-])([0-9A-Fa-f]{2}\2){4}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{2}([:-])([0-9A-Fa-f]{2}\4){6}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{2}([:-])([0-9A-Fa-f]{2}\6){18}[0-9A-Fa-f]{2}|([0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}|([0-9A-Fa-f]{4}\.){3}[0-9A-Fa-f]{4}|([0-9A-Fa-f]{4}\.){9}[0-9A-Fa-f]{4})\z")]
    private static partial Regex Mac();

    [GeneratedRegex($@"^({Symbol}(-?{Symbol}{{0,62}})?|({Symbol}([-a-zA-Z0-9\p{{S}}\p{{L}}]{{0,61}}{Symbol})?\.)+[a-zA-Z\p{{L}}]{{2,63}})\z")]
    private static partial Regex HostName();

    [GeneratedRegex("^[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?(?<version>[0-9A-Fa-f])[0-9A-Fa-f]{3}-?(?<variant>[0-9A-Fa-f])[0-9A-Fa-f]{3}-?[0-9A-Fa-f]{12}\\z")]
    private static partial Regex Uuid();

    [GeneratedRegex(@"[\s-]+")]
    private static partial Regex IsbnGaps();

    [GeneratedRegex(@"^(4[0-9]{12}([0-9]{3})?|5[1-5][0-9]{14}|6(011|5[0-9]{2})[0-9]{12}|3[47][0-9]{13}|3(0[0-5]|[68][0-9])[0-9]{11}|(2131|1800|35[0-9]{3})[0-9]{11})\z")]
    private static partial Regex CreditCard();

    [GeneratedRegex(@"^[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}\z")]
    private static partial Regex SocialSecurity();

    [GeneratedRegex("^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})\\z")]
    private static partial Regex HexColor();

    [GeneratedRegex($@"^rgb\({Color},{Color},{Color}\)\z")]
    private static partial Regex RgbColor();

    [GeneratedRegex("^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})\\z")]
    private static partial Regex Base64Text();

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]*[a-z0-9])?\\z")]
    private static partial Regex ShortName();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex LongName();
}
