using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Webhooks;

/// <summary>Where a webhook is and by whom its certificate must be signed.</summary>
/// <param name="Url">The URL; null when a service is named.</param>
/// <param name="Service">The service; null when a URL is given.</param>
/// <param name="CaBundle">Certificates of authorities, PEM in base64; empty for those that the machine trusts.</param>
internal sealed record WebhookAddress(string? Url, ServiceTarget? Service, string CaBundle)
{
    public static WebhookAddress Read(JsonObject client) => new(
        client.Text("url") is { Length: > 0 } url ? url : null,
        client.Object("service") is { } service
            ? new(service.Text("namespace") ?? "", service.Text("name") ?? "", service.Text("path") ?? "", (int)(service.Integer("port") ?? 443))
            : null,
        client.Text("caBundle") ?? "");

    /// <summary>The URL to post to; a service is named by its host name in the cluster.</summary>
    public string UrlFor(TimeSpan timeout)
    {
        var url = Service is { } service ? $"https://{service.Host}:{service.Port}/{service.Path.TrimStart('/')}" : Url ?? "";
        return $"{url}{(url.Contains('?') ? '&' : '?')}timeout={(int)Math.Ceiling(timeout.TotalSeconds)}s";
    }
}

/// <summary>A service that answers for something, by its name and port.</summary>
internal sealed record ServiceTarget(string Namespace, string Name, string Path, int Port)
{
    /// <summary>Host name in the cluster, which the certificate must bear.</summary>
    public string Host => $"{Name}.{Namespace}.svc";
}
