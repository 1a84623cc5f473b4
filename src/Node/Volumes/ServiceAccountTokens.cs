using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;
using Slipway.Node.Pods;

namespace Slipway.Node.Volumes;

/// <summary>The tokens that pods mount: bound to their pod, asked for by TokenRequest, and replaced well before they expire.</summary>
internal sealed class ServiceAccountTokens(IApi api, TimeProvider clock)
{
    private static readonly TimeSpan Oldest = TimeSpan.FromHours(24);
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<(string Uid, string Volume, string Path), IssuedToken> _tokens = new();

    /// <summary>The token of a projection: the one that is there while it is fresh, or else a new one.</summary>
    public async ValueTask<IssuedToken> GetAsync(V1Pod pod, string volume, V1ServiceAccountTokenProjection projection, CancellationToken cancellation)
    {
        var key = (pod.Metadata.Uid, volume, projection.Path);
        if (_tokens.TryGetValue(key, out var known) && clock.GetUtcNow() < known.RefreshAt)
            return known;
        return _tokens[key] = await RequestAsync(pod, projection, cancellation);
    }

    public void Forget(string podUid)
    {
        foreach (var key in _tokens.Keys.Where(k => k.Uid == podUid))
            _tokens.TryRemove(key, out _);
    }

    /// <summary>When a token is replaced: when four fifths of its life are over, and after a day in any case.</summary>
    internal static DateTimeOffset RefreshAt(DateTimeOffset issued, DateTimeOffset expires)
    {
        var life = (expires - issued) * 0.8;
        return issued + (life < Oldest ? life : Oldest);
    }

    private static DateTimeOffset? Time(JsonNode? text) =>
        text is null ? null : DateTimeOffset.Parse((string)text!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private async Task<IssuedToken> RequestAsync(V1Pod pod, V1ServiceAccountTokenProjection projection, CancellationToken cancellation)
    {
        var account = pod.Spec.ServiceAccountName is { Length: > 0 } name ? name : "default";
        var spec = new JsonObject
        {
            ["expirationSeconds"] = projection.ExpirationSeconds ?? 3600,
            ["boundObjectRef"] = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["name"] = pod.Metadata.Name, ["uid"] = pod.Metadata.Uid },
        };
        if (projection.Audience is { Length: > 0 } audience)
            spec["audiences"] = new JsonArray((JsonNode)audience);
        var request = new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenRequest", ["spec"] = spec };
        var issued = clock.GetUtcNow();
        try
        {
            var answer = await api.SendForBodyAsync(new("POST", $"/api/v1/namespaces/{pod.Key.Namespace}/serviceaccounts/{account}/token")
            {
                Body = Encoding.UTF8.GetBytes(request.ToJsonString()),
            }, cancellation);
            var document = JsonNode.Parse(answer.Span)!;
            // Its life is told by the server's clock, which may differ from this one.
            var life = Time(document["status"]!["expirationTimestamp"]) - Time(document["metadata"]?["creationTimestamp"]) ?? TimeSpan.Zero;
            return new((string)document["status"]!["token"]!, RefreshAt(issued, issued + (life > Shortest ? life : Shortest)));
        }
        catch (ApiException refusal)
        {
            throw new ContainerConfigException($"failed to fetch a token of service account \"{account}\": {refusal.Message}");
        }
    }
}

/// <summary>A token and when it is replaced.</summary>
internal sealed record IssuedToken(string Token, DateTimeOffset RefreshAt);
