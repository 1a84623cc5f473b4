using System.Globalization;
using k8s.Models;
using Slipway.Node.Pods;

namespace Slipway.Node.Probes;

/// <summary>The request that an <c>httpGet</c> of a probe or hook describes.</summary>
internal static class HttpCall
{
    /// <summary>Where it goes: the host given, or the pod.</summary>
    /// <exception cref="ContainerConfigException">The port is no number and not the name of one of the container's ports.</exception>
    public static Uri UriOf(V1HTTPGetAction action, V1Container container, string podAddress)
    {
        var host = action.Host is { Length: > 0 } given ? given : podAddress;
        if (host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('['))
            host = $"[{host}]";
        var scheme = string.Equals(action.Scheme, "HTTPS", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
        var path = action.Path ?? "";
        return new(string.Create(CultureInfo.InvariantCulture, $"{scheme}://{host}:{Port(action.Port.Value, container)}{(path.StartsWith('/') ? "" : "/")}{path}"));
    }

    /// <summary>The number of a port that is given as number or name.</summary>
    public static int Port(string? port, V1Container container)
    {
        if (int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536)
            return number;
        return container.Ports?.FirstOrDefault(p => p.Name == port)?.ContainerPort
            ?? throw new ContainerConfigException($"port \"{port}\" is neither a number from 1 to 65535 nor the name of a port of container {container.Name}");
    }

    /// <summary>The request, with headers as the kubelet sends them.</summary>
    public static HttpRequestMessage RequestOf(V1HTTPGetAction action, Uri uri, string agent)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.ConnectionClose = true;
        foreach (var header in action.HttpHeaders ?? [])
        {
            if (string.Equals(header.Name, "Host", StringComparison.OrdinalIgnoreCase))
                request.Headers.Host = header.Value;
            else
                request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }
        if (!request.Headers.Contains("User-Agent"))
            request.Headers.TryAddWithoutValidation("User-Agent", agent);
        if (!request.Headers.Contains("Accept"))
            request.Headers.TryAddWithoutValidation("Accept", "*/*");
        return request;
    }

    /// <summary>A client that follows nothing by itself, uses no proxy and takes any certificate, as the kubelet's does.</summary>
    public static HttpClient NewClient() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.Zero,
#pragma warning disable CA5359 // It asks the pod whether it answers, not who it is: Kubernetes defines probes without verification.
        SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
#pragma warning restore CA5359
    })
    { Timeout = Timeout.InfiniteTimeSpan };
}
