using Slipway.Api;

namespace Slipway.ApiServer.Subresources.Connections;

/// <summary>What a proxy's name says: <c>[SCHEME:]NAME[:PORT]</c>, the scheme being <c>http</c> or <c>https</c>.</summary>
/// <param name="Scheme">The scheme.</param>
/// <param name="Name">Name of the object.</param>
/// <param name="Port">Number or name of the port; empty for the object's own.</param>
internal readonly record struct ProxyName(string Scheme, string Name, string Port)
{
    /// <exception cref="ApiException">400: it is not of that form.</exception>
    public static ProxyName Parse(string text) => text.Split(':') switch
    {
        [var name] when name.Length > 0 => new("http", name, ""),
        [var name, var port] when name.Length > 0 && port.Length > 0 => new("http", name, port),
        [var scheme and ("" or "http" or "https"), var name, var port] when name.Length > 0 => new(scheme == "https" ? "https" : "http", name, port),
        _ => throw ApiException.BadRequest($"invalid request \"{text}\": a proxy is named [http:|https:]NAME[:PORT]"),
    };

    /// <summary>The port as a number.</summary>
    /// <exception cref="ApiException">400: it is none.</exception>
    public int Number => ushort.TryParse(Port, out var number) && number > 0 ? number : throw ApiException.BadRequest($"invalid port \"{Port}\": a number from 1 to 65535 is needed here");
}
