using System.Globalization;
using Slipway.Api;

namespace Slipway.ApiServer.Routing;

/// <summary>The parameters of a query string. Names are case-sensitive; the first of several values counts.</summary>
internal sealed class Query
{
    private static readonly Query Empty = new([]);
    private readonly List<KeyValuePair<string, string>> _values;

    private Query(List<KeyValuePair<string, string>> values) => _values = values;

    /// <summary>Splits a path from its query.</summary>
    public static (RequestPath Path, Query Query) Split(string pathAndQuery)
    {
        var mark = pathAndQuery.IndexOf('?');
        return mark < 0
            ? (RequestPath.Parse(pathAndQuery), Empty)
            : (RequestPath.Parse(pathAndQuery.AsSpan(0, mark)), Parse(pathAndQuery.AsSpan(mark + 1)));
    }

    /// <summary>Parses what follows the question mark.</summary>
    public static Query Parse(ReadOnlySpan<char> text)
    {
        var values = new List<KeyValuePair<string, string>>();
        foreach (var range in text.Split('&'))
        {
            var pair = text[range];
            if (pair.IsEmpty) continue;
            var equals = pair.IndexOf('=');
            values.Add(equals < 0 ? new(Unescape(pair), "") : new(Unescape(pair[..equals]), Unescape(pair[(equals + 1)..])));
        }
        return new Query(values);
    }

    /// <summary>The value of a parameter; null when it is absent.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var (key, value) in _values)
                if (key == name) return value;
            return null;
        }
    }

    /// <summary>All values of a parameter.</summary>
    public IEnumerable<string> All(string name) => _values.Where(v => v.Key == name).Select(v => v.Value);

    /// <summary>A boolean parameter as Kubernetes reads it: absent, <c>0</c> and <c>false</c> are false.</summary>
    public bool Flag(string name) => this[name] is { } value && value is not ("0" or "false" or "False");

    /// <summary>A whole number; null when absent.</summary>
    /// <exception cref="ApiException">400: not a number.</exception>
    public long? Number(string name)
    {
        if (this[name] is not { Length: > 0 } value) return null;
        return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw ApiException.BadRequest($"the parameter {name}={value} is not a whole number");
    }

    private static string Unescape(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAny('%', '+') < 0) return text.ToString();
        return Uri.UnescapeDataString(text.ToString().Replace('+', ' '));
    }
}
