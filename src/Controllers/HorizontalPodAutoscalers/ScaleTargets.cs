using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Reads and writes the <c>scale</c> of whatever an autoscaler refers to, custom resources included.</summary>
internal sealed class ScaleTargets(IApi api)
{
    /// <exception cref="ApiException">There is no such object, or it has no scale.</exception>
    public async ValueTask<ScaleView> ReadAsync(string ns, ObjectReference target, CancellationToken cancellation)
    {
        var plural = await PluralAsync(target, cancellation);
        var path = $"{plural.Root}/namespaces/{ns}/{plural.Name}/{Uri.EscapeDataString(target.Name)}/scale";
        return new(JsonNode.Parse((await api.SendForBodyAsync(new("GET", path), cancellation)).Span)!.AsObject(), path);
    }

    /// <exception cref="ApiException">It was changed meanwhile, or may not be scaled.</exception>
    public async ValueTask WriteAsync(ScaleView scale, int replicas, CancellationToken cancellation) =>
        await api.SendForBodyAsync(new("PUT", scale.Path) { Body = Encoding.UTF8.GetBytes(scale.With(replicas).ToJsonString()) }, cancellation);

    private async ValueTask<(string Root, string Name)> PluralAsync(ObjectReference target, CancellationToken cancellation)
    {
        var version = target.ApiVersion is { Length: > 0 } given ? given : "v1";
        var root = version.Contains('/') ? $"/apis/{version}" : $"/api/{version}";
        try
        {
            var listed = JsonSerializer.Deserialize((await api.SendForBodyAsync(new("GET", root), cancellation)).Span, Kinds.Set.Type<ResourceList>());
            if (listed?.Resources?.Find(resource => resource.Kind == target.Kind && !resource.Name.Contains('/')) is { } named)
                return (root, named.Name);
        }
        catch (ApiException e) when (e.Code == 404)
        {
            // The version is no longer served; another one of the group may be.
        }
        var served = await ResourceDiscovery.DiscoverAsync(api, cancellation);
        return served.Resources.FirstOrDefault(resource => resource.Group == target.Group && resource.Kind == target.Kind) is { } other
            ? (other.Group.Length == 0 ? $"/api/{other.Version}" : $"/apis/{other.Group}/{other.Version}", other.Plural)
            : throw new ApiException(404, "NotFound", $"no matches for kind \"{target.Kind}\" in group \"{target.Group}\"");
    }
}
