using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.CustomResources;

/// <summary>Removes all objects of a definition that is being deleted.</summary>
internal sealed class CustomResourceCleanup(IApi api)
{
    /// <summary>Deletes what is there and, when nothing is left, the definition's finalizer; returns whether that is done.</summary>
    /// <exception cref="ApiException">A request was refused.</exception>
    public async ValueTask<bool> StepAsync(JsonObject definition, CancellationToken cancellation)
    {
        var spec = definition.Object("spec") ?? [];
        var served = spec.Objects("versions").FirstOrDefault(v => v.Boolean("served") == true)?.Text("name");
        if (served is not null && CustomDefinition.IsEstablished(definition))
        {
            var collection = $"/apis/{spec.Text("group")}/{served}/{spec.Object("names")?.Text("plural")}";
            await SendAsync(new ApiRequest("DELETE", collection), cancellation);
            var left = await SendAsync(new ApiRequest("GET", collection + "?limit=1"), cancellation);
            if (left.Array("items") is { Count: > 0 }) return false;
        }

        var finalizers = definition.Finalizers.Where(f => f != CustomDefinition.CleanupFinalizer).Select(f => (JsonNode)f);
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray([.. finalizers]) } };
        await SendAsync(new ApiRequest("PATCH", $"/apis/{CustomResourceService.Group}/v1/{CustomResourceService.Plural}/{definition.Name}")
        {
            Body = JsonBytes.Of(patch),
            ContentType = MediaTypes.MergePatch,
        }, cancellation);
        return true;
    }

    private async ValueTask<JsonObject> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        await using var response = await api.SendAsync(request, cancellation);
        var body = response.Body.IsEmpty ? [] : DocumentReader.ParseJson(response.Body.Span);
        return response.IsSuccess || response.StatusCode == 404
            ? body
            : throw new ApiException(response.StatusCode, body.Text("reason") ?? "", body.Text("message") ?? "");
    }
}
