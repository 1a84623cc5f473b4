using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.CustomResources;

/// <summary>Writes what the server decides about definitions, at the revision that it has decided by.</summary>
internal sealed class DefinitionWriter(IApi api)
{
    /// <summary>Writes the status; returns the revision of the definition after.</summary>
    /// <exception cref="ApiException">409: it has been written meanwhile, or is gone.</exception>
    public ValueTask<long> WriteStatusAsync(JsonObject definition, long revision, CancellationToken cancellation) =>
        PatchAsync(definition.Name, "/status", new JsonObject { ["metadata"] = At(revision), ["status"] = definition["status"]?.DeepClone() }, cancellation);

    /// <summary>Writes the status and takes the server's finalizer off, at once: a write that is refused changes nothing, so that nothing is done over and over.</summary>
    /// <exception cref="ApiException">409: it has been written meanwhile, or is gone.</exception>
    public async ValueTask ReleaseAsync(JsonObject definition, long revision, CancellationToken cancellation)
    {
        var metadata = At(revision);
        metadata["finalizers"] = new JsonArray([.. definition.Finalizers.Where(f => f != DefinitionCleanup.Finalizer).Select(f => (JsonNode)f)]);
        await PatchAsync(definition.Name, "/status", new JsonObject { ["metadata"] = metadata, ["status"] = definition["status"]?.DeepClone() }, cancellation);
    }

    private async ValueTask<long> PatchAsync(string name, string subresource, JsonObject patch, CancellationToken cancellation)
    {
        var path = $"/apis/{CustomResourceService.Group}/v1/{CustomResourceService.Plural}/{name}{subresource}";
        await using var response = await api.SendAsync(new ApiRequest("PATCH", path) { Body = JsonBytes.Of(patch), ContentType = MediaTypes.MergePatch }, cancellation);
        var body = DocumentReader.ParseJson(response.Body.Span);
        if (response.IsSuccess) return long.Parse(body.ResourceVersion, CultureInfo.InvariantCulture);
        throw new ApiException(response.StatusCode == 404 ? 409 : response.StatusCode, body.Text("reason") ?? "", body.Text("message") ?? "");
    }

    private static JsonObject At(long revision) => new() { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture) };
}
