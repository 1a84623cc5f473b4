using System.Globalization;
using Slipway.Api;

namespace Slipway.Network;

/// <summary>A port of a service to which requests go.</summary>
/// <param name="Service">The service.</param>
/// <param name="PortName">Name of its port; empty when the number counts.</param>
/// <param name="PortNumber">Number of its port; 0 when the name counts.</param>
internal readonly record struct IngressBackend(ObjectKey Service, string PortName, int PortNumber)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Service}:{(PortName.Length > 0 ? PortName : PortNumber)}");
}

/// <summary>Where a request goes.</summary>
/// <param name="Ingress">The ingress that says so.</param>
/// <param name="Backend">The service; null for a backend of a kind that is not served.</param>
internal sealed record IngressRoute(ObjectKey Ingress, IngressBackend? Backend);

/// <summary>
/// Which backend a request goes to (<see href="https://kubernetes.io/docs/concepts/services-networking/ingress/"/>). Among the
/// rules whose host and path match, that of the most precise host counts (exact, then wildcard, then any), then that of the
/// longest path, exact before prefix. Where none matches, the default backend counts: first that of an
/// ingress with this host, then that of one without hosts, then any. Of equal rules the oldest ingress's counts.
/// </summary>
internal sealed class IngressRoutes
{
    private const int MaxName = 253;   // of DNS, in characters

    private readonly Dictionary<string, PathRoutes> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The routes of ingresses, in any order.</summary>
    public IngressRoutes(IEnumerable<IngressView> ingresses)
    {
        IngressView[] all = [.. ingresses.OrderBy(i => i.Metadata.CreationTimestamp).ThenBy(i => i.Metadata.NamespaceProperty, StringComparer.Ordinal).ThenBy(i => i.Metadata.Name, StringComparer.Ordinal)];
        foreach (var ingress in all)
            Add(ingress);
        // Also of an ingress with hosts the default backend is for what no rule at all matches.
        if (Array.Find(all, ingress => ingress.Spec.DefaultBackend is not null) is { } first)
            Of("").Default ??= Route(KeyOf(first), first.Spec.DefaultBackend);
    }

    /// <summary>Paths that an older ingress has taken: whose, which host and path, and by whom.</summary>
    public List<(ObjectKey Ingress, string Host, string Path, ObjectKey By)> Conflicts { get; } = [];

    /// <summary>All backends.</summary>
    public IEnumerable<IngressBackend> Backends => _hosts.Values.SelectMany(paths => paths.All).Select(route => route.Backend).OfType<IngressBackend>().Distinct();

    /// <summary>The route of a request; null when there is none.</summary>
    /// <param name="host">The host that the client asked for, without a port.</param>
    /// <param name="path">The path, decoded, from its first slash on.</param>
    public IngressRoute? Find(ReadOnlySpan<char> host, ReadOnlySpan<char> path)
    {
        if (host.EndsWith(".")) host = host[..^1];   // a name may end with the root's dot
        var hosts = _hosts.GetAlternateLookup<ReadOnlySpan<char>>();
        hosts.TryGetValue(host, out var exact);
        PathRoutes? wildcard = null;
        if (host.Length <= MaxName && host.IndexOf('.') is > 0 and var dot)
        {
            Span<char> name = stackalloc char[host.Length - dot + 1];
            name[0] = '*';
            host[dot..].CopyTo(name[1..]);
            hosts.TryGetValue(name, out wildcard);
        }
        hosts.TryGetValue("", out var any);
        return exact?.Find(path) ?? wildcard?.Find(path) ?? any?.Find(path) ?? exact?.Default ?? wildcard?.Default ?? any?.Default;
    }

    private void Add(IngressView ingress)
    {
        var key = KeyOf(ingress);
        foreach (var rule in ingress.Spec.Rules ?? [])
        {
            var host = rule.Host ?? "";
            var routes = Of(host);
            foreach (var path in rule.Http?.Paths ?? [])
                if (routes.Add(path, Route(key, path.Backend)) is { } owner && owner.Ingress != key)
                    Conflicts.Add((key, host, path.Path ?? "", owner.Ingress));
        }
        if (ingress.Spec.DefaultBackend is not { } backend) return;
        var hosts = (ingress.Spec.Rules ?? []).Select(rule => rule.Host ?? "").Distinct().DefaultIfEmpty("");
        foreach (var host in hosts)
        {
            var routes = Of(host);
            if (routes.Default is { } owner) Conflicts.Add((key, host, "", owner.Ingress));
            routes.Default ??= Route(key, backend);
        }
    }

    private PathRoutes Of(string host)
    {
        if (!_hosts.TryGetValue(host, out var routes)) _hosts[host] = routes = new();
        return routes;
    }

    private static ObjectKey KeyOf(IngressView ingress) => new(ingress.Metadata.NamespaceProperty, ingress.Metadata.Name);

    private static IngressRoute Route(ObjectKey ingress, IngressBackendView? backend) => new(ingress, backend?.Service is not { } service ? null
        : new(new(ingress.Namespace, service.Name), service.Port?.Name ?? "", service.Port?.Number ?? 0));

    /// <summary>The paths of one host.</summary>
    private sealed class PathRoutes
    {
        private readonly Dictionary<string, IngressRoute> _exact = new(StringComparer.Ordinal), _prefixes = new(StringComparer.Ordinal);

        public IngressRoute? Default { get; set; }

        public IEnumerable<IngressRoute> All => [.. _exact.Values, .. _prefixes.Values, .. Default is null ? Enumerable.Empty<IngressRoute>() : [Default]];

        /// <summary>Adds a path; the route that has it already, if any.</summary>
        public IngressRoute? Add(IngressPathView path, IngressRoute route)
        {
            var (table, key) = path.PathType == "Exact" ? (_exact, path.Path ?? "") : (_prefixes, Prefix(path));
            return table.TryAdd(key, route) ? null : table[key];
        }

        // A prefix matches whole elements: it is looked up as often as the path has some, the longest first.
        public IngressRoute? Find(ReadOnlySpan<char> path)
        {
            if (_exact.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path, out var route)) return route;
            if (_prefixes.Count == 0) return null;
            var prefixes = _prefixes.GetAlternateLookup<ReadOnlySpan<char>>();
            path = path.TrimEnd('/');
            while (!prefixes.TryGetValue(path, out route) && path.Length > 0) path = path[..Math.Max(path.LastIndexOf('/'), 0)];
            return route;
        }

        // What is specific to the implementation is a prefix here, which other implementations write with a star.
        private static string Prefix(IngressPathView path) =>
            (path is { PathType: "ImplementationSpecific", Path: { } text } && text.EndsWith("/*", StringComparison.Ordinal) ? text[..^1] : path.Path ?? "").TrimEnd('/');
    }
}
