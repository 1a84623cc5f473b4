using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Devices;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Devices;

/// <summary>The rules of what a claim asks for.</summary>
internal static class DeviceClaimRules
{
    private const int MaxRequests = 32;
    private const int MaxAlternatives = 8;
    private const int MaxConstraints = 32;
    private const int MaxExpressionBytes = 10 * 1024;

    /// <summary>Most settings of a claim or class.</summary>
    public const int MaxConfigurations = 32;

    /// <summary>Checks the specification of a claim.</summary>
    public static void Validate(JsonObject claimSpec, string path, List<StatusCause> causes)
    {
        if (claimSpec.Object("devices") is not { } devices) return;
        AtMost(devices.Array("requests"), MaxRequests, $"{path}.devices.requests", causes);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var request in devices.Objects("requests"))
        {
            var at = $"{path}.devices.requests[{i++}]";
            Name(request, at, names, causes);
            Request(request, names, at, causes);
        }
        AtMost(devices.Array("constraints"), MaxConstraints, $"{path}.devices.constraints", causes);
        i = 0;
        foreach (var constraint in devices.Objects("constraints")) Constraint(constraint, names, $"{path}.devices.constraints[{i++}]", causes);
        AtMost(devices.Array("config"), MaxConfigurations, $"{path}.devices.config", causes);
        i = 0;
        foreach (var config in devices.Objects("config"))
        {
            var at = $"{path}.devices.config[{i++}]";
            Known(config.Array("requests"), names, $"{at}.requests", causes);
            DeviceNames.Configuration(config, at, causes);
        }
    }

    private static void Constraint(JsonObject constraint, HashSet<string> names, string path, List<StatusCause> causes)
    {
        Known(constraint.Array("requests"), names, $"{path}.requests", causes);
        if (constraint.Text("matchAttribute") is { } match) DeviceNames.FullyQualified(match, $"{path}.matchAttribute", causes);
        else if (constraint.Text("distinctAttribute") is { } distinct) DeviceNames.FullyQualified(distinct, $"{path}.distinctAttribute", causes);
        else causes.Add(StatusCause.Required(path, "exactly one of \"matchAttribute\" or \"distinctAttribute\" is required, but multiple fields are set"));
    }

    private static void Request(JsonObject request, HashSet<string> names, string path, List<StatusCause> causes)
    {
        var (exactly, alternatives) = (request.Object("exactly"), request.Array("firstAvailable"));
        if (exactly is null && alternatives is not { Count: > 0 }) causes.Add(StatusCause.Required(path, "exactly one of `exactly` or `firstAvailable` is required"));
        else if (exactly is not null && alternatives is { Count: > 0 }) causes.Add(StatusCause.Invalid(path, "null", "exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set"));
        if (exactly is not null) Devices(exactly, $"{path}.exactly", causes);
        AtMost(alternatives, MaxAlternatives, $"{path}.firstAvailable", causes);
        var own = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var alternative in request.Objects("firstAvailable"))
        {
            var at = $"{path}.firstAvailable[{i++}]";
            Name(alternative, at, own, causes);
            names.Add($"{request.Text("name")}/{alternative.Text("name")}");
            Devices(alternative, at, causes);
        }
    }

    private static void Name(JsonObject request, string path, HashSet<string> names, List<StatusCause> causes)
    {
        RequiredGrammar(request, "name", Names.LabelError, path, causes);
        if (request.Text("name") is { Length: > 0 } name && !names.Add(name)) causes.Add(StatusCause.Duplicate($"{path}.name", Quote(name)));
    }

    private static void Devices(JsonObject request, string path, List<StatusCause> causes)
    {
        RequiredGrammar(request, "deviceClassName", Names.SubdomainError, path, causes);
        Selectors(request, path, causes);
        var (mode, count) = (request.Text("allocationMode") ?? "", request.Integer("count") ?? 0);
        if (mode == "ExactCount")
        {
            if (count <= 0) causes.Add(StatusCause.Invalid($"{path}.count", $"{count}", "must be greater than zero"));
        }
        else if (mode != "All")
        {
            causes.Add(StatusCause.NotSupported($"{path}.allocationMode", Quote(mode), ["All", "ExactCount"]));
        }
        else if (count != 0)
        {
            causes.Add(StatusCause.Invalid($"{path}.count", $"{count}", $"must not be specified when allocationMode is '{mode}'"));
        }
        var i = 0;
        foreach (var toleration in request.Objects("tolerations")) DeviceNames.Toleration(toleration, $"{path}.tolerations[{i++}]", causes);
    }

    /// <summary>Each selector must have an expression that compiles.</summary>
    public static void Selectors(JsonObject holder, string path, List<StatusCause> causes)
    {
        AtMost(holder.Array("selectors"), 32, $"{path}.selectors", causes);
        var i = 0;
        foreach (var selector in holder.Objects("selectors"))
        {
            var at = $"{path}.selectors[{i++}].cel";
            if (selector.Object("cel") is { } cel) Expression(cel, at, causes);
            else causes.Add(StatusCause.Required(at));
        }
    }

    private static void Expression(JsonObject cel, string path, List<StatusCause> causes)
    {
        Required(cel, "expression", path, causes);
        if (cel.Text("expression") is not { Length: > 0 } text) return;
        if (System.Text.Encoding.UTF8.GetByteCount(text) > MaxExpressionBytes)
        {
            causes.Add(TooLong($"{path}.expression", MaxExpressionBytes));
            return;
        }
        try
        {
            DeviceSelector.Compile(text);
        }
        catch (CelCompileException e)
        {
            causes.Add(StatusCause.Invalid($"{path}.expression", Quote(text), $"compilation failed: {e.Message}"));
        }
    }

    private static void Known(JsonArray? requests, HashSet<string> names, string path, List<StatusCause> causes)
    {
        if (requests is null) return;
        for (var i = 0; i < requests.Count; i++)
        {
            if (requests.Take(i).Any(r => JsonNode.DeepEquals(r, requests[i]))) causes.Add(StatusCause.Duplicate($"{path}[{i}]", requests[i].Shown()));
            if (requests[i].AsText() is { } name && !names.Contains(name))
                causes.Add(StatusCause.Invalid($"{path}[{i}]", Quote(name), "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"));
        }
    }
}
