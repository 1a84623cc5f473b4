using System.Text;
using Slipway.Api;

namespace Slipway.Flows.Tests;

/// <summary>The API with a node that has the logs of some pods, by their names; of containers of steps, by <c>pod/container</c>.</summary>
internal sealed class NodeLogs(IApi api, IReadOnlyDictionary<string, string> logs) : IApi
{
    public ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        var at = request.PathAndQuery.IndexOf("/log?", StringComparison.Ordinal);
        if (at < 0)
            return api.SendAsync(request, cancellation);
        var pod = request.PathAndQuery[..at].Split('/')[^1];
        var container = request.PathAndQuery[at..].Split("container=")[1].Split('&')[0];
        return ValueTask.FromResult(logs.TryGetValue(container == FlowNames.Container ? pod : $"{pod}/{container}", out var text)
            ? new ApiResponse { StatusCode = 200, Stream = new MemoryStream(Encoding.UTF8.GetBytes(text)) }
            : new ApiResponse { StatusCode = 404 });
    }
}
