using Slipway.Api;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Routing;

namespace Slipway.ApiServer.FlowControl;

/// <summary>What flow schemas tell requests apart by.</summary>
/// <param name="User">Who asks.</param>
/// <param name="Verb">As rules write it: <c>get</c>, <c>list</c>, … for resources, and the method in small letters for other paths.</param>
/// <param name="Path">What is asked for.</param>
internal readonly record struct FlowRequest(UserInfo User, string Verb, RequestPath Path)
{
    /// <summary>What a request asks.</summary>
    public static FlowRequest Of(UserInfo user, ApiRequest request, RequestPath path, Query query) =>
        new(user, (path.IsResource ? Verbs.For(request, path, query) : null) ?? request.Method.ToLowerInvariant(), path);

    /// <summary>The namespace that is asked about; empty for none and for all. A namespace lies within itself.</summary>
    public string Namespace => Path is { Group: "", Plural: "namespaces" } ? Path.Name : Path.Namespace;
}
