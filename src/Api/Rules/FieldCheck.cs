using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules;

/// <summary>Checks that recur in the rules of many kinds. Each adds to a list what is wrong, in Kubernetes' words.</summary>
internal static partial class FieldCheck
{
    /// <summary>A path of a field below another.</summary>
    public static string At(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    public static string Quote(string text) => JsonValue.Create(text).Shown();

    /// <summary>The field must be a text that is not empty.</summary>
    public static bool Required(JsonObject holder, string name, string path, List<StatusCause> causes, string detail = "")
    {
        if (!string.IsNullOrEmpty(holder.Text(name))) return true;
        causes.Add(StatusCause.Required(At(path, name), detail));
        return false;
    }

    /// <summary>The integer, if given, must not be negative.</summary>
    public static void NotNegative(JsonObject holder, string name, string path, List<StatusCause> causes)
    {
        if (holder.Integer(name) is < 0 and var value) causes.Add(StatusCause.Invalid(At(path, name), $"{value}", "must be greater than or equal to 0"));
    }

    /// <summary>The integers, if given, must not be negative.</summary>
    public static void NotNegative(JsonObject holder, ReadOnlySpan<string> names, string path, List<StatusCause> causes)
    {
        foreach (var name in names) NotNegative(holder, name, path, causes);
    }

    /// <summary>The integer, if given, must lie in a range.</summary>
    public static void Between(JsonObject holder, string name, long min, long max, string path, List<StatusCause> causes)
    {
        if (holder.Integer(name) is { } value && (value < min || value > max)) causes.Add(StatusCause.Invalid(At(path, name), $"{value}", $"must be between {min} and {max}, inclusive"));
    }

    /// <summary>The text, if given, must satisfy a grammar.</summary>
    public static void Grammar(JsonObject holder, string name, Func<string, string?> error, string path, List<StatusCause> causes)
    {
        if (holder.Text(name) is { Length: > 0 } value && error(value) is { } detail) causes.Add(StatusCause.Invalid(At(path, name), Quote(value), detail));
    }

    /// <summary>The text must be there and satisfy a grammar.</summary>
    public static void RequiredGrammar(JsonObject holder, string name, Func<string, string?> error, string path, List<StatusCause> causes)
    {
        if (Required(holder, name, path, causes)) Grammar(holder, name, error, path, causes);
    }

    /// <summary>Each text of the list must satisfy a grammar.</summary>
    public static void EachGrammar(JsonArray? list, Func<string, string?> error, string path, List<StatusCause> causes)
    {
        for (var i = 0; i < (list?.Count ?? 0); i++)
            if (list![i].AsText() is { } value && error(value) is { } detail) causes.Add(StatusCause.Invalid($"{path}[{i}]", Quote(value), detail));
    }

    /// <summary>The text, if given, must be one of a few.</summary>
    public static void Supported(JsonObject holder, string name, string[] supported, string path, List<StatusCause> causes)
    {
        if (holder.Text(name) is { Length: > 0 } value && !supported.Contains(value)) causes.Add(StatusCause.NotSupported(At(path, name), Quote(value), supported));
    }

    /// <summary>The text must be there and be one of a few.</summary>
    public static void RequiredSupported(JsonObject holder, string name, string[] supported, string path, List<StatusCause> causes)
    {
        if (Required(holder, name, path, causes)) Supported(holder, name, supported, path, causes);
    }

    /// <summary>The list, if given, must not be longer than a limit.</summary>
    public static void AtMost(JsonArray? list, int max, string path, List<StatusCause> causes)
    {
        if (list?.Count > max) causes.Add(new("FieldValueTooMany", path, $"Too many: {list.Count}: must have at most {max} items"));
    }

    /// <summary>The text, if given, must not be longer than a number of bytes.</summary>
    public static void NotLonger(JsonObject holder, string name, int max, string path, List<StatusCause> causes)
    {
        if (holder.Text(name) is { } value && System.Text.Encoding.UTF8.GetByteCount(value) > max) causes.Add(TooLong(At(path, name), max));
    }

    public static StatusCause TooLong(string path, int max) => new("FieldValueTooLong", path, $"Too long: may not be more than {max} bytes");

    public static StatusCause NotFound(string path, string value, string detail = "") => new("FieldValueNotFound", path, detail.Length == 0 ? $"Not found: {Quote(value)}" : $"Not found: {Quote(value)}: {detail}");

    /// <summary>The field must not change.</summary>
    public static void Immutable(JsonNode? old, JsonNode? updated, string path, List<StatusCause> causes)
    {
        if (!JsonNode.DeepEquals(old, updated)) causes.Add(StatusCause.Invalid(path, updated.Shown(), "field is immutable"));
    }

    /// <summary>A path inside a volume: relative, and never upwards.</summary>
    public static void LocalPath(string? value, string path, List<StatusCause> causes)
    {
        if (string.IsNullOrEmpty(value)) return;
        if (value.StartsWith('/')) causes.Add(StatusCause.Invalid(path, Quote(value), "must be a relative path"));
        NoBacksteps(value, path, causes);
    }

    /// <summary>A local path whose first name is not among those that the node keeps for itself.</summary>
    public static void UnreservedPath(string? value, string path, List<StatusCause> causes)
    {
        LocalPath(value, path, causes);
        if (value?.StartsWith("..", StringComparison.Ordinal) == true && value.Length > 2 && value[2] != '/') causes.Add(StatusCause.Invalid(path, Quote(value), "must not start with '..'"));
    }

    /// <summary>A path that never goes upwards.</summary>
    public static void NoBacksteps(string value, string path, List<StatusCause> causes)
    {
        if (HasBacksteps(value)) causes.Add(StatusCause.Invalid(path, Quote(value), "must not contain '..'"));
    }

    public static bool HasBacksteps(string value) => value.Contains("..", StringComparison.Ordinal) && value.Split('/').Contains("..");

    /// <summary>A file mode.</summary>
    public static void Mode(JsonObject holder, string name, string path, List<StatusCause> causes)
    {
        if (holder.Integer(name) is < 0 or > 511) causes.Add(StatusCause.Invalid(At(path, name), holder[name].Shown(), "must be a number between 0 and 0777 (octal), both inclusive"));
    }

    /// <summary>A port, by number or by name.</summary>
    public static void PortNumberOrName(JsonNode? port, string path, List<StatusCause> causes)
    {
        if (port.AsInteger() is { } number)
        {
            if (number is < 1 or > 65535) causes.Add(StatusCause.Invalid(path, $"{number}", "must be between 1 and 65535, inclusive"));
        }
        else if (port.AsText() is { } name && Names.PortNameError(name) is { } error)
        {
            causes.Add(StatusCause.Invalid(path, Quote(name), error));
        }
        else if (port is null)
        {
            causes.Add(StatusCause.Invalid(path, "0", "must be between 1 and 65535, inclusive"));
        }
    }

    /// <summary>An address of either family; null when it is one.</summary>
    public static string? AddressError(string text) =>
        ParseAddress(text) is null ? "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)" : null;

    /// <summary>Reads an address as strictly as Kubernetes: four decimal numbers or hexadecimal groups, no zone.</summary>
    public static IPAddress? ParseAddress(string text) =>
        (text.Contains(':') ? !text.Contains('%') && !text.Contains('[') : Ipv4().IsMatch(text)) && IPAddress.TryParse(text, out var address) ? address : null;

    /// <summary>A block of addresses; null when it is one.</summary>
    public static string? BlockError(string text) => ParseBlock(text) is null ? "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)" : null;

    /// <summary>Reads a block, whose address may lie within it rather than at its start.</summary>
    public static IPNetwork? ParseBlock(string text)
    {
        var slash = text.IndexOf('/');
        if (slash < 0 || ParseAddress(text[..slash]) is not { } address) return null;
        if (!int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var length)) return null;
        var bytes = address.GetAddressBytes();
        if (length > bytes.Length * 8) return null;
        for (var bit = length; bit < bytes.Length * 8; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new IPNetwork(new IPAddress(bytes), length);
    }

    /// <summary>Puts in a default where nothing, null or an empty text is.</summary>
    public static void SetDefault(JsonObject holder, string name, JsonNode value)
    {
        if (holder[name] is null || holder[name].AsText() == "") holder[name] = value;
    }

    [GeneratedRegex(@"^(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}\z")]
    private static partial Regex Ipv4();
}
