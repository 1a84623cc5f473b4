using System.Text.Json;
using Slipway.Api;

namespace Slipway.ApiServer.OpenApi;

/// <summary>What a server behind an APIService, or a handler in this one, says in OpenAPI of the version that it serves.</summary>
/// <param name="Group">The group.</param>
/// <param name="Version">The version.</param>
/// <param name="Hash">Names the content of its OpenAPI v3 document; empty when it has none.</param>
/// <param name="Swagger">Its part of OpenAPI v2; null when it has none.</param>
internal sealed record ExtensionSpec(string Group, string Version, string Hash, SwaggerPart? Swagger)
{
    /// <summary>How the index names it.</summary>
    public string Path => $"apis/{Group}/{Version}";

    /// <summary>Names the content of the v3 document that is served for it: its own, or the one that is made of <see cref="Swagger"/>.</summary>
    public string ServedHash => Hash.Length > 0 ? Hash : Swagger?.Document.Tag.Trim('"') ?? "";

    private static readonly UserInfo Asker = new("system:aggregator", [UserInfo.Masters]);

    /// <summary>Asks the handlers for their OpenAPI v2. One that has none is left out.</summary>
    public static async ValueTask<IReadOnlyList<ExtensionSpec>> AskAsync(IReadOnlyList<IExtensionApi> handlers, CancellationToken cancellation)
    {
        var specs = new List<ExtensionSpec>();
        foreach (var handler in handlers)
        {
            if (handler.PathPrefix.Split('/') is not ["", "apis", var group, var version]) continue;
            await using var answer = await handler.SendAsync(Asker, new ApiRequest("GET", "/openapi/v2"), cancellation);
            if (answer.IsSuccess && Cut(answer.Body, group, version) is { } part) specs.Add(new(group, version, "", part));
        }
        return specs;
    }

    private static SwaggerPart? Cut(ReadOnlyMemory<byte> body, string group, string version)
    {
        try
        {
            return SwaggerPart.Cut(body, group, version);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException)
        {
            return null;
        }
    }
}
