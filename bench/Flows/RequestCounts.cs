using System.Collections.Concurrent;
using Slipway.Api;

namespace Slipway.Bench.Flows;

/// <summary>Counts requests by who made them, verb and resource.</summary>
internal sealed class RequestCounts
{
    private readonly ConcurrentDictionary<(string Who, string What), int> counts = new();

    /// <summary>How often each kind of request was made, the most frequent first.</summary>
    public IEnumerable<(string Who, string What, int Count)> All => counts.Select(c => (c.Key.Who, c.Key.What, c.Value)).OrderByDescending(c => c.Value).ThenBy(c => (c.Who, c.What));

    /// <summary>A handle whose requests are counted as those of <paramref name="who"/>.</summary>
    public IApi Of(string who, IApi api) => new Counting(this, who, api);

    /// <summary>Begins anew.</summary>
    public void Clear() => counts.Clear();

    // /api/v1/namespaces/NS/pods/NAME/status, or /apis/GROUP/VERSION/..., with or without a namespace
    private static string ResourceOf(string path)
    {
        var parts = path.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries).AsSpan();
        parts = parts[(parts[0] == "apis" ? 3 : 2)..];
        if (parts is ["namespaces", _, _, ..])
            parts = parts[2..];
        return parts is [var plural, _, var subresource, ..] ? $"{plural}/{subresource}" : parts[0];
    }

    private sealed class Counting(RequestCounts counts, string who, IApi api) : IApi
    {
        public ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
        {
            counts.counts.AddOrUpdate((who, $"{request.Method} {ResourceOf(request.PathAndQuery)}"), 1, static (_, count) => count + 1);
            return api.SendAsync(request, cancellation);
        }
    }
}
