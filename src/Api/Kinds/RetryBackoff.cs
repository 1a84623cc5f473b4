using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;

namespace Slipway.Api.Kinds;

/// <summary>How long is waited before a retry.</summary>
/// <param name="First">Before the first one.</param>
/// <param name="Factor">By which it is multiplied for each further one.</param>
/// <param name="Limit">The most.</param>
/// <param name="Jitter">By which part it is longer or shorter, from 0 to 1.</param>
public sealed record RetryBackoff(TimeSpan First, double Factor, TimeSpan Limit, double Jitter)
{
    private static readonly string[] Names = ["first", "factor", "limit", "jitter"];

    /// <summary>Of tasks that say nothing.</summary>
    public static RetryBackoff Default { get; } = new(TimeSpan.FromSeconds(1), 2, TimeSpan.FromMinutes(5), 0);

    /// <summary>Reads the field <c>backoff</c>; what is wrong with it is told with the field below it, and left as it is by default.</summary>
    public static RetryBackoff Parse(JsonNode? node, Action<string, string, string>? onError = null)
    {
        switch (node)
        {
            case null:
                return Default;
            case JsonValue text when text.GetValueKind() == JsonValueKind.String:
                return Duration("", text) is { } first ? Default with { First = first, Limit = first > Default.Limit ? first : Default.Limit } : Default;
            case JsonObject map:
                foreach (var (name, value) in map.Where(p => !Names.Contains(p.Key)))
                    onError?.Invoke($".{name}", CelJson.ToCompactJson(value), $"a backoff has first, factor, limit and jitter{NearestName.Hint(name, Names)}");
                var read = new RetryBackoff(
                    Duration(".first", map["first"]) ?? Default.First, Number(".factor", map["factor"], 1, 100) ?? Default.Factor,
                    Duration(".limit", map["limit"]) ?? Default.Limit, Number(".jitter", map["jitter"], 0, 1) ?? Default.Jitter);
                return read.First > read.Limit ? read with { Limit = read.First } : read;
            default:
                onError?.Invoke("", CelJson.ToCompactJson(node), $"{FlowDuration.Form}, or {{ first, factor, limit, jitter }}");
                return Default;
        }

        TimeSpan? Duration(string field, JsonNode? value)
        {
            if (value is null)
                return null;
            if (value.GetValueKind() == JsonValueKind.String && FlowDuration.TryParse(value.GetValue<string>(), out var duration))
                return duration;
            onError?.Invoke(field, CelJson.ToCompactJson(value), FlowDuration.Form);
            return null;
        }

        double? Number(string field, JsonNode? value, double least, double most)
        {
            if (value is null)
                return null;
            if (value.GetValueKind() == JsonValueKind.Number && double.TryParse(value.ToJsonString(), CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
                return number;
            onError?.Invoke(field, CelJson.ToCompactJson(value), string.Create(CultureInfo.InvariantCulture, $"must be a number from {least} to {most}"));
            return null;
        }
    }

    /// <summary>The wait after a number of failures, from 1.</summary>
    /// <param name="failures">How many there were.</param>
    /// <param name="chance">A number from 0 to 1 that decides on the jitter.</param>
    public TimeSpan After(int failures, double chance)
    {
        var seconds = Math.Min(First.TotalSeconds * Math.Pow(Factor, Math.Min(failures - 1, 1000)), Limit.TotalSeconds);
        return TimeSpan.FromSeconds(seconds * (1 + Jitter * (2 * chance - 1)));
    }
}
