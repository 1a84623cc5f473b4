namespace Slipway.ApiServer.Routing;

/// <summary>What a path names.</summary>
/// <remarks>
/// Resource paths are <c>/api/v1/…</c> and <c>/apis/GROUP/VERSION/…</c>, followed by <c>[namespaces/NS/]PLURAL[/NAME[/SUBRESOURCE[/REST]]]</c>
/// (<see href="https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris"/>).
/// </remarks>
internal sealed record RequestPath
{
    /// <summary>The path without its query, unescaped.</summary>
    public required string Path { get; init; }

    /// <summary>Whether it names a resource or an object; otherwise only <see cref="Path"/> is set.</summary>
    public bool IsResource { get; private init; }

    /// <summary>Whether the path itself asks for a watch: <c>/api/v1/watch/…</c>.</summary>
    public bool IsWatch { get; private init; }

    public string Group { get; private init; } = "";
    public string Version { get; private init; } = "";

    /// <summary>The namespace; empty for cluster-scoped resources and for all namespaces.</summary>
    public string Namespace { get; private init; } = "";

    public string Plural { get; private init; } = "";

    /// <summary>Name of the object; empty for a collection.</summary>
    public string Name { get; private init; } = "";

    /// <summary>Subresource such as <c>status</c>; empty for the object itself.</summary>
    public string Subresource { get; private init; } = "";

    /// <summary>For <c>proxy</c>, what follows it in the path, still escaped: empty or beginning with a slash.</summary>
    public string Rest { get; private init; } = "";

    /// <summary>
    /// Whether it names what clients connect to: streams of pods and proxies. Such requests are passed on as they come, and
    /// last for as long as both sides want.
    /// </summary>
    public bool IsConnection => Group.Length == 0 && Name.Length > 0 && (Plural, Subresource) switch
    {
        ("pods", "exec" or "attach" or "portforward") => true,
        ("pods" or "services" or "nodes", "proxy") => true,
        _ => false,
    };

    /// <summary>Parses an escaped path without query.</summary>
    public static RequestPath Parse(ReadOnlySpan<char> escaped)
    {
        var text = escaped.ToString();
        var parts = text.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (text.Contains('%'))
        {
            for (var i = 0; i < parts.Length; i++) parts[i] = Uri.UnescapeDataString(parts[i]);
            text = Uri.UnescapeDataString(text);
        }
        var start = parts switch
        {
            ["api", _, _, ..] => 2,
            ["apis", _, _, _, ..] => 3,
            _ => 0,
        };
        if (start == 0) return new RequestPath { Path = text };

        var (group, version) = start == 2 ? ("", parts[1]) : (parts[1], parts[2]);
        var rest = parts.AsSpan(start);
        // An older way to ask for a watch, which some clients still take.
        var isWatch = rest is ["watch", _, ..];
        if (isWatch) rest = rest[1..];
        var ns = "";
        if (rest is ["namespaces", var named, var third, ..] && !(rest.Length == 3 && third is "status" or "finalize"))
        {
            ns = named;
            rest = rest[2..];
        }
        // What is proxied is named by the rest of the path, which is nobody's subresource.
        var isProxied = group.Length == 0 && rest is ["pods" or "services" or "nodes", _, "proxy", ..];
        return new RequestPath
        {
            Path = text,
            IsResource = true,
            IsWatch = isWatch,
            Group = group,
            Version = version,
            Namespace = ns,
            Plural = rest[0],
            Name = rest.Length > 1 ? rest[1] : "",
            Subresource = isProxied ? "proxy" : rest.Length > 2 ? string.Join('/', rest[2..]!) : "",
            Rest = isProxied ? After(escaped, parts.Length - rest.Length + 3) : "",
        };
    }

    // What is left of a path behind its first so many segments.
    private static string After(ReadOnlySpan<char> path, int segments)
    {
        while (segments-- > 0)
        {
            path = path.TrimStart('/');
            path = path.IndexOf('/') is var slash and >= 0 ? path[slash..] : [];
        }
        return path.ToString();
    }
}
