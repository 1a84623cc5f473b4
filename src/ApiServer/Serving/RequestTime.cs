using Slipway.Api;
using Slipway.Api.Cel;
using Slipway.ApiServer.Routing;

namespace Slipway.ApiServer.Serving;

/// <summary>How long a request may take: as long as its client asks for with <c>timeout</c>, and no longer than the server lets any.</summary>
internal static class RequestTime
{
    /// <summary>The time of a request.</summary>
    /// <param name="pathAndQuery">What it asks for.</param>
    /// <param name="longest">The longest, which is that of requests that ask for none, for no time at all, or that last, as watches do.</param>
    /// <exception cref="ApiException">400: the parameter is no duration.</exception>
    public static TimeSpan Of(string pathAndQuery, TimeSpan longest)
    {
        if (!pathAndQuery.Contains("timeout=", StringComparison.Ordinal)) return longest;
        var (path, query) = Query.Split(pathAndQuery);
        var lasts = path.IsWatch || path.IsConnection || query.Flag("watch") || query.Flag("follow");
        if (lasts || query["timeout"] is not { Length: > 0 } text) return longest;
        var asked = CelDuration.Parse(text) ?? throw ApiException.BadRequest($"invalid timeout specified in the request URL: time: invalid duration \"{text}\"");
        var time = TimeSpan.FromTicks(asked.Nanos / TimeSpan.NanosecondsPerTick);
        return time > TimeSpan.Zero && time < longest ? time : longest;
    }
}
