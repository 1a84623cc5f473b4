using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.FlowControl;

/// <summary>Makes the objects of flow control that a cluster lacks, and says of the schemas among them that their levels exist.</summary>
/// <param name="api">The API, as the server itself.</param>
/// <param name="clock">The time of what is said.</param>
internal sealed class FlowControlInstaller(IApi api, TimeProvider clock)
{
    private const string Root = "/apis/flowcontrol.apiserver.k8s.io/v1";

    /// <summary>Installs what is missing; what is there stays as it is.</summary>
    public async Task InstallAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(FlowControlObjects.PriorityLevels.Select(level => SendAsync("POST", $"{Root}/prioritylevelconfigurations", level, cancellation)));
        await Task.WhenAll(FlowControlObjects.Schemas.Select(schema => InstallAsync(schema, cancellation)));
    }

    private async Task InstallAsync(JsonObject schema, CancellationToken cancellation)
    {
        await SendAsync("POST", $"{Root}/flowschemas", schema, cancellation);
        var known = await SendAsync("GET", $"{Root}/flowschemas/{schema.Name}", null, cancellation);
        if ((known.Object("status") ?? []).Objects("conditions").Any(condition => condition.Text("type") == "Dangling")) return;
        await SendAsync("PATCH", $"{Root}/flowschemas/{schema.Name}/status?fieldManager=api-priority-and-fairness-config-consumer-v1&force=true", Found(schema), cancellation);
    }

    private JsonObject Found(JsonObject schema) => new()
    {
        ["apiVersion"] = schema.ApiVersion,
        ["kind"] = schema.Kind,
        ["metadata"] = new JsonObject { ["name"] = schema.Name },
        ["status"] = new JsonObject
        {
            ["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "Dangling",
                ["status"] = "False",
                ["lastTransitionTime"] = Meta.FormatTime(clock.GetUtcNow()),
                ["reason"] = "Found",
                ["message"] = $"This FlowSchema references the PriorityLevelConfiguration object named \"{schema.At("spec.priorityLevelConfiguration.name").AsText()}\" and it exists",
            }),
        },
    };

    private async Task<JsonObject> SendAsync(string method, string path, JsonObject? document, CancellationToken cancellation)
    {
        var request = new ApiRequest(method, path);
        if (document is not null) request = request with { Body = JsonBytes.Of(document), ContentType = method == "PATCH" ? MediaTypes.ApplyPatch : MediaTypes.Json };
        await using var response = await api.SendAsync(request, cancellation);
        // Another server, or an earlier start, was first; or somebody has removed it since.
        if (!response.IsSuccess && response.StatusCode is not (404 or 409))
            throw new InvalidOperationException($"{method} {path} failed: {Encoding.UTF8.GetString(response.Body.Span)}");
        return DocumentReader.ParseJson(response.Body.Span);
    }
}
