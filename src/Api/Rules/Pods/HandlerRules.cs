using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of probes and lifecycle handlers.</summary>
internal static partial class HandlerRules
{
    private static readonly string[] ProbeHandlers = ["exec", "httpGet", "tcpSocket", "grpc"];
    private static readonly string[] LifecycleHandlers = ["exec", "httpGet", "tcpSocket", "sleep"];

    public static void Probe(JsonObject probe, string name, PodScope scope, string path, List<StatusCause> causes)
    {
        Handler(probe, ProbeHandlers, scope, path, causes);
        NotNegative(probe, ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"], path, causes);
        if (probe.Integer("terminationGracePeriodSeconds") is <= 0 and var grace)
            causes.Add(StatusCause.Invalid($"{path}.terminationGracePeriodSeconds", $"{grace}", "must be greater than 0"));
        if (name != "readinessProbe" && probe.Integer("successThreshold") is { } threshold and not 1)
            causes.Add(StatusCause.Invalid($"{path}.successThreshold", $"{threshold}", "must be 1"));
        if (name == "readinessProbe" && probe["terminationGracePeriodSeconds"] is not null)
            causes.Add(StatusCause.Invalid($"{path}.terminationGracePeriodSeconds", probe["terminationGracePeriodSeconds"].Shown(), "must not be set for readinessProbes"));
    }

    public static void Lifecycle(JsonObject lifecycle, PodScope scope, string path, List<StatusCause> causes)
    {
        foreach (var name in (ReadOnlySpan<string>)["postStart", "preStop"])
            if (lifecycle.Object(name) is { } handler) Handler(handler, LifecycleHandlers, scope, $"{path}.{name}", causes);
        if (string.IsNullOrEmpty(lifecycle.Text("stopSignal"))) return;
        if (scope.OperatingSystem.Length == 0) causes.Add(StatusCause.Forbidden($"{path}.stopSignal", "may not be set for containers with empty `spec.os.name`"));
        else if (scope.OperatingSystem == "windows") Supported(lifecycle, "stopSignal", ["SIGKILL", "SIGTERM"], path, causes);
    }

    private static void Handler(JsonObject handler, string[] kinds, PodScope scope, string path, List<StatusCause> causes)
    {
        var given = 0;
        foreach (var kind in kinds)
        {
            if (handler.Object(kind) is not { } body) continue;
            var at = $"{path}.{kind}";
            if (++given > 1) causes.Add(StatusCause.Forbidden(at, "may not specify more than 1 handler type"));
            else Body(kind, body, scope, at, causes);
        }
        if (given == 0) causes.Add(StatusCause.Required(path, "must specify a handler type"));
    }

    private static void Body(string kind, JsonObject body, PodScope scope, string path, List<StatusCause> causes)
    {
        switch (kind)
        {
            case "exec":
                if (body.Array("command") is not { Count: > 0 }) causes.Add(StatusCause.Required($"{path}.command"));
                break;
            case "httpGet":
                Required(body, "path", path, causes);
                PortNumberOrName(body["port"], $"{path}.port", causes);
                Supported(body, "scheme", ["HTTP", "HTTPS"], path, causes);
                foreach (var header in body.Objects("httpHeaders"))
                    if (!HeaderName().IsMatch(header.Text("name") ?? "")) causes.Add(StatusCause.Invalid($"{path}.httpHeaders", Quote(header.Text("name") ?? ""), "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"));
                break;
            case "tcpSocket" or "grpc":
                PortNumberOrName(body["port"], $"{path}.port", causes);
                break;
            case "sleep":
                var seconds = body.Integer("seconds") ?? 0;
                if (scope.GracePeriod is { } grace && (seconds < 0 || seconds > grace)) causes.Add(StatusCause.Invalid(path, $"{seconds}", $"must be non-negative and less than terminationGracePeriodSeconds ({grace})"));
                break;
        }
    }

    [GeneratedRegex(@"^[-A-Za-z0-9]+\z")]
    private static partial Regex HeaderName();
}
