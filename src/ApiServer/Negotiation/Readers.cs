using Slipway.Api;
using Slipway.ApiServer.Routing;

namespace Slipway.ApiServer.Negotiation;

/// <summary>Tells whether an answer is read by people rather than by programs.</summary>
internal static class Readers
{
    /// <summary>
    /// Whether JSON is to be written with line breaks: where the parameter <c>pretty</c> says so, or, without it, to what people type in or
    /// look at, as Kubernetes does. What is said of schemas is for programs in any case.
    /// </summary>
    public static bool ArePeople(ApiRequest request, RequestPath path, Query query)
    {
        if (path.Path.StartsWith("/openapi/", StringComparison.Ordinal)) return false;
        if (query["pretty"] is not null) return query.Flag("pretty");
        var agent = request.UserAgent;
        return agent.StartsWith("curl", StringComparison.Ordinal) || agent.StartsWith("Wget", StringComparison.Ordinal) || agent.StartsWith("Mozilla/5.0", StringComparison.Ordinal);
    }
}
