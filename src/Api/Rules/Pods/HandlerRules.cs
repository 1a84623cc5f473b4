using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of probes and lifecycle handlers.</summary>
internal static partial class HandlerRules
{
    private static readonly string[] Handlers = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"];

    public static void Probe(JsonObject probe, string name, string path, List<StatusCause> causes)
    {
        Validate(probe, path, causes);
        foreach (var number in new[] { "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold" }) NotNegative(probe, number, path, causes);
        if (probe.Integer("terminationGracePeriodSeconds") is <= 0 and var grace)
            causes.Add(StatusCause.Invalid($"{path}.terminationGracePeriodSeconds", $"{grace}", "must be greater than 0"));
        if (name != "readinessProbe" && probe.Integer("successThreshold") is { } threshold and not 1)
            causes.Add(StatusCause.Invalid($"{path}.successThreshold", $"{threshold}", "must be 1"));
        if (name == "readinessProbe" && probe["terminationGracePeriodSeconds"] is not null)
            causes.Add(StatusCause.Invalid($"{path}.terminationGracePeriodSeconds", probe["terminationGracePeriodSeconds"].Shown(), "must not be set for readinessProbes"));
    }

    public static void Validate(JsonObject handler, string path, List<StatusCause> causes)
    {
        var given = Handlers.Where(h => handler[h] is JsonObject).ToArray();
        if (given.Length == 0) causes.Add(StatusCause.Required(path, "must specify a handler type"));
        foreach (var extra in given.Skip(1)) causes.Add(StatusCause.Forbidden($"{path}.{extra}", "may not specify more than 1 handler type"));
        foreach (var kind in given)
        {
            var at = $"{path}.{kind}";
            var body = handler.Object(kind)!;
            if (kind == "exec" && body.Array("command") is not { Count: > 0 }) causes.Add(StatusCause.Required($"{at}.command"));
            if (kind is "httpGet" or "tcpSocket" or "grpc") Port(body["port"], $"{at}.port", causes);
            if (kind == "httpGet") Required(body, "path", at, causes);
        }
    }

    /// <summary>What is wrong with the name of a port, or null: an IANA service name.</summary>
    public static string? PortNameError(string name)
    {
        if (name.Length > 15) return "must be no more than 15 characters";
        if (!ServiceName().IsMatch(name)) return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
        if (!name.Any(char.IsAsciiLetter)) return "must contain at least one letter (a-z)";
        if (name.Contains("--", StringComparison.Ordinal)) return "must not contain consecutive hyphens";
        return name[0] == '-' || name[^1] == '-' ? "must not begin or end with a hyphen" : null;
    }

    private static void Port(JsonNode? port, string path, List<StatusCause> causes)
    {
        if (port.AsInteger() is { } number)
        {
            if (number is < 1 or > 65535) causes.Add(StatusCause.Invalid(path, $"{number}", "must be between 1 and 65535, inclusive"));
        }
        else if (port.AsText() is { } name && PortNameError(name) is { } error)
        {
            causes.Add(StatusCause.Invalid(path, Quote(name), error));
        }
    }

    [GeneratedRegex(@"^[-a-z0-9]+\z")]
    private static partial Regex ServiceName();
}
