namespace Slipway.Storage;

/// <summary>Which etcd, and how to speak to it.</summary>
public sealed record EtcdOptions
{
    /// <summary>The port of etcd's clients, where an endpoint names none.</summary>
    public const int DefaultPort = 2379;

    /// <summary>The members, in the order in which they are tried: all <c>https</c>, or all <c>http</c>.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>Start of all keys in etcd. Servers with the same one share a cluster; other data of the etcd stays apart.</summary>
    public string Prefix { get; init; } = "/slipway/";

    /// <summary>PEM file of the authorities that may have signed the members' certificates; null: those that the machine trusts.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>PEM file of the certificate by which the members know this client; read anew for each connection.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file of the certificate's private key.</summary>
    public string? KeyFile { get; init; }

    /// <summary>How long a call is tried, over all members and again: longer than etcd takes to elect a leader.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Reads a list of endpoints: <c>https://a:2379,https://b:2379</c>.</summary>
    /// <exception cref="FormatException">It is none; the message is a sentence without a full stop.</exception>
    public static IReadOnlyList<Uri> ParseEndpoints(string text)
    {
        var endpoints = new List<Uri>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Uri.TryCreate(part, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.PathAndQuery != "/" || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
                throw new FormatException($"\"{part}\" is no endpoint of etcd; give https://HOST:PORT, or several with commas between them");
            endpoints.Add(HasPort(part) ? uri : new UriBuilder(uri) { Port = DefaultPort }.Uri);
        }
        if (endpoints.Count == 0)
            throw new FormatException("no endpoint is given; give https://HOST:PORT, or several with commas between them");
        if (endpoints.Any(endpoint => endpoint.Scheme != endpoints[0].Scheme))
            throw new FormatException("the endpoints must be all https or all http");
        return endpoints;
    }

    // A URI does not tell whether the default port of its scheme was written out.
    private static bool HasPort(string endpoint)
    {
        var authority = endpoint.AsSpan(endpoint.IndexOf("://", StringComparison.Ordinal) + 3).TrimEnd('/');
        return authority.LastIndexOf(':') > authority.LastIndexOf(']');
    }
}
