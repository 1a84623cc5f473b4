using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Cluster;

/// <summary>APIService (apiregistration.k8s.io/v1).</summary>
internal sealed class ApiServiceRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasStatus => true;

    public override bool HasGeneration => false;

    protected override JsonObject NewStatus() => [];

    protected override bool HasOpenFinalizers => true;

    public override void Default(JsonObject document)
    {
        if (document.Object("spec")?.Object("service") is { } service) SetDefault(service, "port", 443);
    }

    /// <summary>What this server serves itself is available from the start.</summary>
    public override void PrepareCreate(JsonObject document)
    {
        base.PrepareCreate(document);
        if (document.Object("spec")?["service"] is not null) return;
        var condition = new JsonObject { ["type"] = "Available", ["status"] = "True", ["reason"] = "Local", ["message"] = "Local APIServices are always available" };
        if (document.Object("metadata")?["creationTimestamp"] is { } now) condition["lastTransitionTime"] = now.DeepClone();
        document["status"] = new JsonObject { ["conditions"] = new JsonArray(condition) };
    }

    protected override string? NameError(string name) => Names.PathSegmentError(name);

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        var (group, version) = (spec.Text("group") ?? "", spec.Text("version") ?? "");
        if (document.Name.Length > 0 && document.Name != $"{version}.{group}") causes.Add(StatusCause.Invalid("metadata.name", Quote(document.Name), $"must be `spec.version+\".\"+spec.group`: {Quote($"{version}.{group}")}"));
        if (group.Length == 0 && version != "v1") causes.Add(StatusCause.Required("spec.group", "only v1 may have an empty group and it better be legacy kube"));
        Grammar(spec, "group", Names.SubdomainError, "spec", causes);
        if (Names.Dns1035Error(version) is { } error) causes.Add(StatusCause.Invalid("spec.version", Quote(version), error));
        Priority("groupPriorityMinimum", 20_000);
        Priority("versionPriority", 1000);
        var (insecure, bundle) = (spec.Boolean("insecureSkipTLSVerify") == true, spec.Text("caBundle") ?? "");
        if (spec.Object("service") is not { } service)
        {
            if (bundle.Length > 0) causes.Add(StatusCause.Invalid("spec.caBundle", Quote($"{bundle.TrimEnd('=').Length * 3 / 4} bytes"), "local APIServices may not have a caBundle"));
            if (insecure) causes.Add(StatusCause.Invalid("spec.insecureSkipTLSVerify", "true", "local APIServices may not have insecureSkipTLSVerify"));
            return;
        }
        Required(service, "namespace", "spec.service", causes);
        Required(service, "name", "spec.service", causes);
        if (service.Integer("port") is < 1 or > 65535) causes.Add(StatusCause.Invalid("spec.service.port", service["port"].Shown(), "port is not valid: must be between 1 and 65535, inclusive"));
        if (insecure && bundle.Length > 0) causes.Add(StatusCause.Invalid("spec.insecureSkipTLSVerify", "true", "may not be true if caBundle is present"));

        void Priority(string name, int max)
        {
            if (spec.Integer(name) is null or <= 0 || spec.Integer(name) > max) causes.Add(StatusCause.Invalid($"spec.{name}", $"{spec.Integer(name) ?? 0}", $"must be positive and less than {max}"));
        }
    }
}
