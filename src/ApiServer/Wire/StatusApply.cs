using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Wire;

/// <summary>Has the server's own loops say in the status of an object what they have found.</summary>
/// <param name="api">The API, as the server itself.</param>
/// <param name="clock">Times what is tried again.</param>
/// <param name="log">Takes what was refused.</param>
internal sealed class StatusApply(IApi api, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>Applies a part of the status of a cluster-scoped object, as often as it takes. One that is gone, or is another by now, is told of in its place.</summary>
    /// <param name="plural">Plural name of the resource.</param>
    /// <param name="document">The object.</param>
    /// <param name="manager">Who owns that part.</param>
    /// <param name="status">The part.</param>
    /// <param name="cancellation">Ends the attempts.</param>
    public async Task WriteAsync(string plural, JsonObject document, string manager, JsonObject status, CancellationToken cancellation)
    {
        var applied = new JsonObject
        {
            ["apiVersion"] = document.ApiVersion,
            ["kind"] = document.Kind,
            ["metadata"] = new JsonObject { ["name"] = document.Name, ["uid"] = document.Uid },
            ["status"] = status,
        };
        var request = new ApiRequest("PATCH", $"/apis/{document.ApiVersion}/{plural}/{Uri.EscapeDataString(document.Name)}/status?fieldManager={manager}&force=true")
        {
            Body = JsonBytes.Of(applied),
            ContentType = MediaTypes.ApplyPatch,
        };
        while (true)
        {
            await using var response = await api.SendAsync(request, cancellation);
            if (response.IsSuccess || response.StatusCode is 404 or 409) return;
            log.LogWarning("the status of {Kind} {Name} could not be written (status {Code}) and is tried again in {Delay}", document.Kind, document.Name, response.StatusCode, RetryDelay);
            await Task.Delay(RetryDelay, clock, cancellation);
        }
    }
}
