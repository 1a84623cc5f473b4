using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Networking;

/// <summary>Ingress (networking.k8s.io/v1).</summary>
internal sealed class IngressRules : KindRules
{
    private const string ClassAnnotation = "kubernetes.io/ingress.class";
    private static readonly string[] BadSequences = ["//", "/./", "/../", "%2f", "%2F"];
    private static readonly string[] BadEnds = ["/..", "/."];

    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => new() { ["loadBalancer"] = new JsonObject() };

    public override IReadOnlyList<StatusCause> Validate(JsonObject document)
    {
        var causes = base.Validate(document);
        return document.Annotations?.Text(ClassAnnotation) is { } annotation && document.Object("spec")?.Text("ingressClassName") is { } name && annotation != name
            ? [.. causes, StatusCause.Invalid($"annotations.{ClassAnnotation}", Quote(annotation), "must match `ingressClassName` when both are specified")]
            : causes;
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        if (spec.Array("rules") is not { Count: > 0 } && spec["defaultBackend"] is null) causes.Add(StatusCause.Invalid("spec", (spec["rules"] ?? new JsonArray()).Shown(), "either `defaultBackend` or `rules` must be specified"));
        if (spec.Object("defaultBackend") is { } backend) Backend(backend, "spec.defaultBackend", causes);
        var i = 0;
        foreach (var rule in spec.Objects("rules")) Rule(rule, $"spec.rules[{i++}]", causes);
        i = 0;
        foreach (var tls in spec.Objects("tls"))
        {
            var at = $"spec.tls[{i++}]";
            EachGrammar(tls.Array("hosts"), h => h.Contains('*') ? Names.WildcardSubdomainError(h) : Names.SubdomainError(h), $"{at}.hosts", causes);
            Grammar(tls, "secretName", Names.SubdomainError, at, causes);
        }
        if (spec.Text("ingressClassName") is { } name && Names.SubdomainError(name) is { } error) causes.Add(StatusCause.Invalid("spec.ingressClassName", Quote(name), error));
    }

    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>(base.ValidateStatusUpdate(old, updated));
        LoadBalancerRules.Status(updated, hasMode: false, causes);
        return causes;
    }

    public override IReadOnlyList<string> Warnings(JsonObject? old, JsonObject updated) =>
        updated.Annotations?.Text(ClassAnnotation) is { } annotation && old?.Annotations?.Text(ClassAnnotation) != annotation
            ? [$"annotation \"{ClassAnnotation}\" is deprecated, please use 'spec.ingressClassName' instead"]
            : [];

    private static void Rule(JsonObject rule, string path, List<StatusCause> causes)
    {
        if (rule.Text("host") is { Length: > 0 } host)
        {
            if (ParseAddress(host) is not null) causes.Add(StatusCause.Invalid($"{path}.host", Quote(host), "must be a DNS name, not an IP address"));
            if ((host.Contains('*') ? Names.WildcardSubdomainError(host) : Names.SubdomainError(host)) is { } error) causes.Add(StatusCause.Invalid($"{path}.host", Quote(host), error));
        }
        if (rule.Object("http") is not { } http) return;
        if (http.Array("paths") is not { Count: > 0 }) causes.Add(StatusCause.Required($"{path}.http.paths"));
        var i = 0;
        foreach (var each in http.Objects("paths")) HttpPath(each, $"{path}.http.paths[{i++}]", causes);
    }

    private static void HttpPath(JsonObject path, string at, List<StatusCause> causes)
    {
        var text = path.Text("path") ?? "";
        switch (path.Text("pathType"))
        {
            case null:
                causes.Add(StatusCause.Required($"{at}.pathType", "pathType must be specified"));
                return;
            case "Exact" or "Prefix":
                if (!text.StartsWith('/')) causes.Add(StatusCause.Invalid($"{at}.path", Quote(text), "must be an absolute path"));
                foreach (var bad in BadSequences)
                    if (text.Contains(bad, StringComparison.Ordinal)) causes.Add(StatusCause.Invalid($"{at}.path", Quote(text), $"must not contain '{bad}'"));
                foreach (var bad in BadEnds)
                    if (text.EndsWith(bad, StringComparison.Ordinal)) causes.Add(StatusCause.Invalid($"{at}.path", Quote(text), $"cannot end with '{bad}'"));
                break;
            case "ImplementationSpecific":
                if (text.Length > 0 && !text.StartsWith('/')) causes.Add(StatusCause.Invalid($"{at}.path", Quote(text), "must be an absolute path"));
                break;
            case var other:
                causes.Add(StatusCause.NotSupported($"{at}.pathType", Quote(other), ["Exact", "ImplementationSpecific", "Prefix"]));
                break;
        }
        Backend(path.Object("backend") ?? [], $"{at}.backend", causes);
    }

    private static void Backend(JsonObject backend, string path, List<StatusCause> causes)
    {
        var (resource, service) = (backend.Object("resource"), backend.Object("service"));
        if (resource is not null && service is not null)
        {
            causes.Add(StatusCause.Invalid(path, "\"\"", "cannot set both resource and service backends"));
        }
        else if (resource is not null)
        {
            Grammar(resource, "apiGroup", Names.SubdomainError, $"{path}.resource", causes);
            RequiredGrammar(resource, "kind", Names.PathSegmentError, $"{path}.resource", causes);
            RequiredGrammar(resource, "name", Names.PathSegmentError, $"{path}.resource", causes);
        }
        else if (service is not null)
        {
            RequiredGrammar(service, "name", Names.Dns1035Error, $"{path}.service", causes);
            var port = service.Object("port") ?? [];
            var (name, number) = (port.Text("name") ?? "", port.Integer("number") ?? 0);
            if (name.Length > 0 && number != 0) causes.Add(StatusCause.Invalid(path, "\"\"", "cannot set both port name & port number"));
            else if (name.Length > 0) Grammar(port, "name", Names.PortNameError, $"{path}.service.port", causes);
            else if (number != 0) Between(port, "number", 1, 65535, $"{path}.service.port", causes);
            else causes.Add(StatusCause.Required(path, "port name or number is required"));
        }
        else
        {
            causes.Add(StatusCause.Invalid(path, "\"\"", "resource or service backend is required"));
        }
    }
}
