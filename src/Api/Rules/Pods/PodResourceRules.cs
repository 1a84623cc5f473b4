using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of the resources of a whole pod: they bound those of its containers.</summary>
internal static class PodResourceRules
{
    public static void Validate(JsonObject spec, string path, List<StatusCause> causes)
    {
        if (spec.Object("resources") is not { } resources) return;
        if (resources["claims"] is JsonArray { Count: > 0 }) causes.Add(StatusCause.Forbidden($"{path}.resources.claims", "claims cannot be set for Resources at pod-level"));
        ResourceRules.Validate(resources, NameError, $"{path}.resources", causes);
        if (resources.Object("requests") is not { Count: > 0 } && resources.Object("limits") is not { Count: > 0 }) return;
        foreach (var (name, sum) in PodTotals.Of(spec, "requests"))
        {
            var whole = ResourceRules.Read(resources.Object("requests")?[name]) ?? Quantity.Zero;
            if (sum > whole && PodResourceDefaults.IsSupported(name)) causes.Add(StatusCause.Invalid($"{path}.resources.requests[{name}]", Quote(whole.ToString()), $"must be greater than or equal to aggregate container requests of {sum}"));
        }
        var i = 0;
        foreach (var container in spec.Objects("containers"))
        {
            foreach (var (name, value) in container.Object("resources")?.Object("limits") ?? [])
            {
                if (ResourceRules.Read(resources.Object("limits")?[name]) is { } whole && ResourceRules.Read(value) is { } limit && limit > whole)
                    causes.Add(StatusCause.Invalid($"{path}.containers[{i}].resources.limits[{name}]", Quote(limit.ToString()), $"must be less than or equal to pod limits of {whole}"));
            }
            i++;
        }
    }

    private static string? NameError(string name) => ResourceNames.Error(name) ?? (PodResourceDefaults.IsSupported(name) ? null : "supported values: \"cpu\", \"hugepages-\", \"memory\"");
}
