using System.Text;
using static Slipway.Api.Cel.CelArguments;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>Kubernetes' URL library (<see href="https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-url-library"/>).</summary>
internal static class UrlFunctions
{
    public static readonly CelType Url = CelType.Opaque("kubernetes.URL");

    private static readonly CelType Query = CelType.Map(CelType.String, CelType.List(CelType.String));

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        Global("url", "string_to_url", [CelType.String], Url, (_, a) =>
            CelUrl.Parse(a[0].Text()) is { } url ? new CelOpaque<CelUrl>(Url, url) : new CelError($"URL parse error during conversion from string: parse \"{a[0].Text()}\": invalid URI for request")),
        Global("isURL", "is_url_string", [CelType.String], CelType.Bool, (_, a) => CelBool.Of(CelUrl.Parse(a[0].Text()) is not null)),
        Part("getScheme", u => u.Scheme),
        Part("getHost", u => u.Host),
        Part("getHostname", u => u.HostName),
        Part("getPort", u => u.Port),
        Part("getEscapedPath", u => u.EscapedPath),
        Member("getQuery", "url_get_query", [Url], Query, (_, a) => new CelMap(a[0].Opaque<CelUrl>().Query().Select(q => KeyValuePair.Create(q.Key, (CelValue)ListOf(q.Value))))),
    ];

    private static CelOverload Part(string function, Func<CelUrl, string> part) =>
        Member(function, $"url_{function}", [Url], CelType.String, (_, a) => new CelString(part(a[0].Opaque<CelUrl>())));
}

/// <summary>An absolute URI or an absolute path, as servers take them in a request: without a fragment.</summary>
/// <param name="Scheme">In lower case; empty for a path.</param>
/// <param name="Host">Host and port.</param>
/// <param name="Path">As it was written.</param>
/// <param name="RawQuery">What follows the question mark.</param>
internal sealed record CelUrl(string Scheme, string Host, string Path, string RawQuery)
{
    private const string Unreserved = "-_.~";

    public string HostName => Host.StartsWith('[') ? Host[1..Host.IndexOf(']')] : Host.LastIndexOf(':') is >= 0 and var colon ? Host[..colon] : Host;

    public string Port => Host.LastIndexOf(':') is >= 0 and var colon && colon > Host.LastIndexOf(']') ? Host[(colon + 1)..] : "";

    /// <summary>The path if it is written well, else its characters escaped.</summary>
    public string EscapedPath
    {
        get
        {
            if (Path.All(c => char.IsAsciiLetterOrDigit(c) || (Unreserved + "!$&'()*+,;=:@[]/%").Contains(c))) return Path;
            var text = new StringBuilder();
            foreach (var octet in Encoding.UTF8.GetBytes(Unescape(Path)!))
            {
                if (char.IsAsciiLetterOrDigit((char)octet) || (Unreserved + "$&+,/:;=@").Contains((char)octet)) text.Append((char)octet);
                else text.Append('%').Append(octet.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }

            return text.ToString();
        }
    }

    /// <summary>Null for a text that is no such URL.</summary>
    public static CelUrl? Parse(string text)
    {
        if (text.Length == 0 || text.Any(c => c < ' ' || c == 0x7f)) return null;
        var (scheme, rest) = ("", text);
        if (char.IsAsciiLetter(text[0]))
        {
            var end = 0;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || "+-.".Contains(text[end]))) end++;
            if (end == text.Length || text[end] != ':') return null;
            (scheme, rest) = (text[..end].ToLowerInvariant(), text[(end + 1)..]);
        }

        var mark = rest.IndexOf('?');
        var query = mark < 0 ? "" : rest[(mark + 1)..];
        if (mark >= 0) rest = rest[..mark];
        if (!rest.StartsWith('/')) return scheme.Length > 0 ? new CelUrl(scheme, "", "", query) : null;
        var host = "";
        if (scheme.Length > 0 && rest.StartsWith("//", StringComparison.Ordinal))
        {
            var end = rest.IndexOf('/', 2);
            host = end < 0 ? rest[2..] : rest[2..end];
            rest = end < 0 ? "" : rest[end..];
            var at = host.LastIndexOf('@');
            if (at >= 0 && !IsUserInfo(host[..at])) return null;
            if (ReadHost(host[(at + 1)..]) is not { } read) return null;
            host = read;
        }

        return Unescape(rest) is null ? null : new CelUrl(scheme, host, rest, query);
    }

    /// <summary>The parameters of the query; what is written badly is left out.</summary>
    public Dictionary<string, List<string>> Query()
    {
        var all = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var pair in RawQuery.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.Contains(';')) continue;
            var equals = pair.IndexOf('=');
            if (Unescape((equals < 0 ? pair : pair[..equals]).Replace('+', ' ')) is not { } key || Unescape(equals < 0 ? "" : pair[(equals + 1)..].Replace('+', ' ')) is not { } value) continue;
            if (!all.TryGetValue(key, out var values)) all[key] = values = [];
            values.Add(value);
        }

        return all;
    }

    private static bool IsUserInfo(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || (Unreserved + "!$&'()*+,;=:%@").Contains(c)) && Unescape(text) is not null;

    /// <summary>A host and its port, with its characters unescaped; null if it is none.</summary>
    private static string? ReadHost(string host)
    {
        var end = host.StartsWith('[') ? host.IndexOf(']') + 1 : host.IndexOf(':');
        if (host.StartsWith('[') && end == 0) return null;
        var port = end < 0 ? "" : host[end..];
        if (port.Length > 0 && (port[0] != ':' || !port.AsSpan(1).ToArray().All(char.IsAsciiDigit))) return null;
        var name = end < 0 ? host : host[..end];

        // Within brackets a zone follows the address, after an escaped percent sign, and may escape more.
        var zone = name.StartsWith('[') ? name.IndexOf("%25", StringComparison.Ordinal) : -1;
        var address = zone < 0 ? name : name[..zone];
        if (!name.All(IsOfHost) || Unescape(name) is not { } plain) return null;
        for (var at = address.IndexOf('%'); at >= 0; at = address.IndexOf('%', at + 1))
            if (address[at + 1] is < '8') return null; // of ASCII, nothing is escaped in a host
        return plain + port;
    }

    private static bool IsOfHost(char c) => c > 0x7f || c == '%' || char.IsAsciiLetterOrDigit(c) || (Unreserved + "!$&'()*+,;=:[]<>\"").Contains(c);

    private static string? Unescape(string text)
    {
        for (var at = text.IndexOf('%'); at >= 0; at = text.IndexOf('%', at + 1))
            if (at + 2 >= text.Length || !char.IsAsciiHexDigit(text[at + 1]) || !char.IsAsciiHexDigit(text[at + 2])) return null;
        return Uri.UnescapeDataString(text);
    }
}
