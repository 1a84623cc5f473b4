using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules;

/// <summary>Checks that recur in the rules of many kinds. Each adds to a list what is wrong, in Kubernetes' words.</summary>
internal static class FieldCheck
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

    /// <summary>The field must not change.</summary>
    public static void Immutable(JsonNode? old, JsonNode? updated, string path, List<StatusCause> causes)
    {
        if (!JsonNode.DeepEquals(old, updated)) causes.Add(StatusCause.Invalid(path, updated is JsonObject or JsonArray ? updated.Shown() : updated.Shown(), "field is immutable"));
    }

    /// <summary>A path inside a volume: relative, and never upwards.</summary>
    public static void LocalPath(string? value, string path, List<StatusCause> causes)
    {
        if (string.IsNullOrEmpty(value)) return;
        if (value.StartsWith('/')) causes.Add(StatusCause.Invalid(path, Quote(value), "must be a relative path"));
        if (value.Split('/').Contains("..")) causes.Add(StatusCause.Invalid(path, Quote(value), "must not contain '..'"));
    }

    /// <summary>A file mode.</summary>
    public static void Mode(JsonObject holder, string name, string path, List<StatusCause> causes)
    {
        if (holder.Integer(name) is < 0 or > 511) causes.Add(StatusCause.Invalid(At(path, name), holder[name].Shown(), "must be a number between 0 and 0777 (octal), both inclusive"));
    }

    /// <summary>Puts in a default where nothing, null or an empty text is.</summary>
    public static void SetDefault(JsonObject holder, string name, JsonNode value)
    {
        if (holder[name] is null || holder[name].AsText() == "") holder[name] = value;
    }
}
