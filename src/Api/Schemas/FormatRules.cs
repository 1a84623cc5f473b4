using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;
using Slipway.Api.Rules;

namespace Slipway.Api.Schemas;

/// <summary>The formats of OpenAPI that Kubernetes checks; unknown ones are accepted, as Kubernetes does.</summary>
internal static partial class FormatRules
{
    /// <summary>What is wrong with a value of a format, or null.</summary>
    public static string? Error(string format, JsonNode value) => value.AsText() is { } text ? TextError(format, text) : NumberError(format, value);

    private static string? TextError(string format, string text) => format switch
    {
        "quantity" => Quantity.TryParse(text.Trim(), out _) ? null : "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        "date-time" or "micro-time" or "datetime" => DateTimeShape().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _) ? null : "must be a time as in RFC 3339, such as \"2006-01-02T15:04:05Z\"",
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? null : "must be a date, such as \"2006-01-02\"",
        "byte" => Base64.IsValid(text) ? null : "must be base64 text",
        "duration" => DurationShape().IsMatch(text) ? null : "must be a duration, such as \"1h30m\"",
        "ipv4" => IPAddress.TryParse(text, out var v4) && v4.AddressFamily == AddressFamily.InterNetwork && text.Count(c => c == '.') == 3 ? null : "must be an IPv4 address",
        "ipv6" => IPAddress.TryParse(text, out var v6) && v6.AddressFamily == AddressFamily.InterNetworkV6 ? null : "must be an IPv6 address",
        "cidr" => IPNetwork.TryParse(text, out _) ? null : "must be an address block, such as \"10.0.0.0/8\"",
        "mac" => MacShape().IsMatch(text) ? null : "must be a MAC address",
        "hostname" => text.Length <= 255 && HostnameShape().IsMatch(text) ? null : "must be a host name",
        "email" => EmailShape().IsMatch(text) ? null : "must be an e-mail address",
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _) || text.StartsWith('/') ? null : "must be a URI",
        "k8s-short-name" => Names.LabelError(text),
        "k8s-long-name" => Names.SubdomainError(text),
        "uuid" or "uuid3" or "uuid4" or "uuid5" => Guid.TryParseExact(text, "D", out _) || Guid.TryParseExact(text, "N", out _) ? null : "must be a UUID",
        _ => null,
    };

    private static string? NumberError(string format, JsonNode value) => (format, value.AsInteger()) switch
    {
        ("int32", _) when SchemaValidation.IsInteger(value) && !Fits(value, int.MinValue, int.MaxValue) => "must be an integer of 32 bits",
        ("int64", null) when SchemaValidation.IsInteger(value) && !Fits(value, long.MinValue, long.MaxValue) => "must be an integer of 64 bits",
        _ => null,
    };

    private static bool Fits(JsonNode value, long least, long most) =>
        decimal.TryParse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most;

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})\z")]
    private static partial Regex DateTimeShape();

    [GeneratedRegex(@"^(0|[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*|\d+ *(ns|us|ms|s|sec|m|min|h|hr|d|day|w|week)s?)\z")]
    private static partial Regex DurationShape();

    [GeneratedRegex(@"^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\z")]
    private static partial Regex MacShape();

    [GeneratedRegex(@"^[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)*\.?\z")]
    private static partial Regex HostnameShape();

    [GeneratedRegex(@"^[^@\s]+@[^@\s]+\z")]
    private static partial Regex EmailShape();
}
