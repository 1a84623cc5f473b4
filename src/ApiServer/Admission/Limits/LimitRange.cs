using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Quota;

namespace Slipway.ApiServer.Admission.Limits;

/// <summary>Bounds and defaults of a namespace (<see href="https://kubernetes.io/docs/concepts/policy/limit-range/"/>).</summary>
internal sealed record LimitRange(IReadOnlyList<LimitItem> Items)
{
    public static LimitRange Read(JsonObject document) => new([.. (document.Object("spec") ?? []).Objects("limits").Select(LimitItem.Read)]);
}

/// <summary>The bounds of one type of thing: <c>Container</c>, <c>Pod</c> or <c>PersistentVolumeClaim</c>.</summary>
internal sealed record LimitItem(
    string Type, ResourceAmounts Min, ResourceAmounts Max, ResourceAmounts MaxRatio, ResourceAmounts Default, ResourceAmounts DefaultRequest)
{
    public static LimitItem Read(JsonObject item)
    {
        var type = item.Text("type") ?? "";
        var (min, max) = (ResourceAmounts.Read(item.Object("min")), ResourceAmounts.Read(item.Object("max")));
        var (limit, request) = (ResourceAmounts.Read(item.Object("default")), ResourceAmounts.Read(item.Object("defaultRequest")));
        if (type == "Container")
        {
            // What is not said follows from the bounds.
            limit = max.With(limit);
            request = min.With(limit.With(request));
        }
        return new(type, min, max, ResourceAmounts.Read(item.Object("maxLimitRequestRatio")), limit, request);
    }
}
