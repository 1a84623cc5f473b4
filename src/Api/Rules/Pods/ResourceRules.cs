using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of <c>resources</c>: names, amounts, and no request above its limit.</summary>
internal static class ResourceRules
{
    /// <summary>Checks the resources of a container.</summary>
    public static void Validate(JsonObject? resources, string path, List<StatusCause> causes) => Validate(resources, ResourceNames.ContainerError, path, causes);

    /// <summary>Checks resources whose names have a grammar of their own.</summary>
    public static void Validate(JsonObject? resources, Func<string, string?> nameError, string path, List<StatusCause> causes)
    {
        if (resources is null) return;
        var (limits, requests) = (resources.Object("limits"), resources.Object("requests"));
        if (limits is null && requests is null) return;
        var (hugePages, compute) = (false, false);
        foreach (var (name, value) in limits ?? [])
        {
            Amount(name, value, nameError, $"{path}.limits[{name}]", causes);
            Note(name);
        }
        foreach (var (name, value) in requests ?? [])
        {
            Amount(name, value, nameError, $"{path}.requests[{name}]", causes);
            Note(name);
            if (Read(value) is not { } request) continue;
            if (Read(limits?[name]) is not { } limit)
            {
                if (!ResourceNames.CanBeOvercommitted(name)) causes.Add(StatusCause.Required($"{path}.limits", "Limit must be set for non overcommitable resources"));
            }
            else if (request != limit && !ResourceNames.CanBeOvercommitted(name))
            {
                causes.Add(StatusCause.Invalid($"{path}.requests", Quote(request.ToString()), $"must be equal to {name} limit of {limit}"));
            }
            else if (request > limit)
            {
                causes.Add(StatusCause.Invalid($"{path}.requests", Quote(request.ToString()), $"must be less than or equal to {name} limit of {limit}"));
            }
        }
        if (hugePages && !compute) causes.Add(StatusCause.Forbidden(path, "HugePages require cpu or memory"));

        void Note(string name)
        {
            if (name is "cpu" or "memory") compute = true;
            else if (ResourceNames.IsHugePages(name)) hugePages = true;
        }
    }

    /// <summary>Checks one amount of a resource list.</summary>
    public static void Amount(string name, JsonNode? value, Func<string, string?> nameError, string path, List<StatusCause> causes)
    {
        if (nameError(name) is { } error) causes.Add(StatusCause.Invalid(path, Quote(name), error));
        if (Read(value) is not { } amount) return;   // The schema has already refused what is not a quantity.
        if (amount.Sign < 0) causes.Add(StatusCause.Invalid(path, Quote(amount.ToString()), "must be greater than or equal to 0"));
        if (ResourceNames.IsCounted(name) && !amount.IsWhole) causes.Add(StatusCause.Invalid(path, Quote(amount.ToString()), "must be an integer"));
        if (ResourceNames.IsHugePages(name) && ResourceNames.PageSize(name) is { } page && (page.Sign <= 0 || amount.ToBytes() % page.ToBytes() != 0))
            causes.Add(StatusCause.Invalid(path, Quote(amount.ToString()), $"{amount} is not positive integer multiple of {name}"));
    }

    /// <summary>Reads an amount; null when there is none, or it is no quantity.</summary>
    public static Quantity? Read(JsonNode? value) =>
        value is not null && Quantity.TryParse(value.AsText() ?? value.ToJsonString(), out var amount) ? amount : null;

    /// <summary>The claims that a container names must be those of its pod, each once.</summary>
    public static void Claims(JsonObject? resources, IReadOnlyCollection<string> known, string path, List<StatusCause> causes)
    {
        if (resources?.Array("claims") is not { Count: > 0 } claims) return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < claims.Count; i++)
        {
            if (claims[i] is not JsonObject claim) continue;
            var (name, request) = (claim.Text("name") ?? "", claim.Text("request") ?? "");
            if (name.Length == 0)
            {
                causes.Add(StatusCause.Required($"{path}[{i}]"));
                continue;
            }
            if (request.Length > 0 && Names.LabelError(request) is { } error) causes.Add(StatusCause.Invalid($"{path}[{i}].request", Quote(request), error));
            // The whole of a claim includes each of its requests.
            var key = request.Length == 0 ? name : $"{name}/{request}";
            var overlaps = seen.Contains(name) || (request.Length == 0 && seen.Any(s => s.StartsWith($"{name}/", StringComparison.Ordinal)));
            if (overlaps || !seen.Add(key)) causes.Add(StatusCause.Duplicate($"{path}[{i}]", Quote(overlaps ? name : key)));
            if (!known.Contains(name)) causes.Add(NotFound($"{path}[{i}]", name, $"must be one of the names in pod.spec.resourceClaims{(known.Count == 0 ? " which is empty" : $": {string.Join(", ", known)}")}"));
        }
    }
}
