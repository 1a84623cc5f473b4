using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of <c>resources</c>: names, amounts, and no request above its limit.</summary>
internal static class ResourceRules
{
    public static void Validate(JsonObject? resources, string path, List<StatusCause> causes)
    {
        if (resources is null) return;
        var limits = Amounts(resources.Object("limits"), $"{path}.limits", causes);
        var requests = Amounts(resources.Object("requests"), $"{path}.requests", causes);
        foreach (var (name, request) in requests)
        {
            if (!limits.TryGetValue(name, out var limit))
            {
                if (IsExtended(name)) causes.Add(StatusCause.Required($"{path}.limits", "Limit must be set for non overcommitable resources"));
            }
            else if (IsExtended(name) && request != limit)
            {
                causes.Add(StatusCause.Invalid($"{path}.requests", FieldCheck.Quote(request.ToString()), $"must be equal to {name} limit of {limit}"));
            }
            else if (request > limit)
            {
                causes.Add(StatusCause.Invalid($"{path}.requests", FieldCheck.Quote(request.ToString()), $"must be less than or equal to {name} limit of {limit}"));
            }
        }
    }

    /// <summary>Reads a resource list, reporting amounts that are none or negative, and names that are not allowed.</summary>
    public static Dictionary<string, Quantity> Amounts(JsonObject? list, string path, List<StatusCause> causes)
    {
        var amounts = new Dictionary<string, Quantity>(StringComparer.Ordinal);
        foreach (var (name, value) in list ?? [])
        {
            var at = $"{path}[{name}]";
            if (Names.QualifiedNameError(name) is { } error) causes.Add(StatusCause.Invalid(at, FieldCheck.Quote(name), error));
            else if (!name.Contains('/') && !IsStandard(name)) causes.Add(StatusCause.Invalid(at, FieldCheck.Quote(name), "must be a standard resource for containers"));
            // The schema has already refused what is not a quantity.
            if (!Quantity.TryParse(value.AsText() ?? value?.ToJsonString(), out var amount)) continue;
            if (amount.Sign < 0) causes.Add(StatusCause.Invalid(at, FieldCheck.Quote(amount.ToString()), "must be greater than or equal to 0"));
            if (IsExtended(name) && !amount.IsWhole) causes.Add(StatusCause.Invalid(at, FieldCheck.Quote(amount.ToString()), "must be an integer"));
            amounts[name] = amount;
        }
        return amounts;
    }

    private static bool IsStandard(string name) =>
        name is "cpu" or "memory" or "ephemeral-storage" || name.StartsWith("hugepages-", StringComparison.Ordinal);

    // Devices and the like: counted, never shared.
    private static bool IsExtended(string name) =>
        (name.Contains('/') && !name.StartsWith("kubernetes.io/", StringComparison.Ordinal)) || name.StartsWith("hugepages-", StringComparison.Ordinal);
}
