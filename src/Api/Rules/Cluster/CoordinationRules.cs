using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Cluster;

/// <summary>Lease (coordination.k8s.io/v1).</summary>
internal sealed class LeaseRules : KindRules
{
    protected override bool HasOpenFinalizers => true;

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        if (spec.Integer("leaseDurationSeconds") is <= 0 and var duration) causes.Add(StatusCause.Invalid("spec.leaseDurationSeconds", $"{duration}", "must be greater than 0"));
        NotNegative(spec, "leaseTransitions", "spec", causes);
        if (spec["holderIdentity"] is { } holder && holder.AsText() == "" && spec["strategy"] is not null) causes.Add(StatusCause.Required("spec.holderIdentity"));
    }
}

/// <summary>Event of both groups: it lives beside the object that it is about.</summary>
/// <param name="about">Field that refers to that object.</param>
internal sealed class EventRules(string about) : KindRules
{
    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var ns = document.Object(about)?.Text("namespace") ?? "";
        // Events about cluster-scoped objects are kept in the default namespace (system components use kube-system).
        if (ns.Length == 0 ? document.Namespace is not ("default" or "kube-system" or "") : ns != document.Namespace)
            causes.Add(StatusCause.Invalid($"{about}.namespace", Quote(ns), "does not match event.namespace"));
        if (about != "regarding" || document["eventTime"] is null) return;
        if (Required(document, "reportingController", "", causes)) Grammar(document, "reportingController", Names.QualifiedNameError, "", causes);
        Required(document, "reportingInstance", "", causes);
        Required(document, "action", "", causes);
        Required(document, "reason", "", causes);
        if (document.Text("type") is not ("Normal" or "Warning")) causes.Add(StatusCause.Invalid("type", Quote(document.Text("type") ?? ""), "must be Normal or Warning"));
        if (document.Text("note")?.Length > 1024) causes.Add(StatusCause.Invalid("note", Quote(document.Text("note")!), "can have at most 1024 bytes"));
    }
}
