using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Slipway.Api;
using Slipway.ApiServer.Routing;

namespace Slipway.ApiServer.Serving;

/// <summary>Requests that somebody else answers, and that last as long as both sides want: streams of pods, and proxies.</summary>
/// <param name="Request">The request with all that it brings along.</param>
internal sealed record PassedOn(ApiRequest Request) : IAsyncDisposable
{
    private static readonly string[] Marks = ["/exec", "/attach", "/portforward", "/proxy"];

    /// <summary>Whether a path, with or without a query, is of that sort.</summary>
    public static bool Concerns(string pathAndQuery)
    {
        var end = pathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var path = end < 0 ? pathAndQuery.AsSpan() : pathAndQuery.AsSpan(0, end);
        foreach (var mark in Marks)
            if (path.Contains(mark, StringComparison.Ordinal)) return RequestPath.Parse(path).IsConnection;
        return false;
    }

    /// <summary>All headers of a request, a line for each value.</summary>
    public static List<KeyValuePair<string, string>> HeadersOf(HttpContext http)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (var (name, values) in http.Request.Headers)
            foreach (var value in values)
                if (value is not null) headers.Add(new(name, value));
        return headers;
    }

    /// <summary>Leaves the body, however much of it has been read.</summary>
    public ValueTask DisposeAsync() => Request.Stream?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>The request with all that it brings along.</summary>
    public static PassedOn Whole(ApiRequest request, HttpContext http)
    {
        var isSwitched = http.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };
        var hasBody = !isSwitched && http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false;
        return new(request with
        {
            Headers = HeadersOf(http),
            Upgrade = isSwitched ? http.Request.Headers.Upgrade.ToString() : "",
            Stream = hasBody ? new RequestBody(http.Request.BodyReader) : null,
        });
    }
}
