using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Networking;

/// <summary>IngressClass (networking.k8s.io/v1).</summary>
internal sealed class IngressClassRules : KindRules
{
    private const int MaxControllerBytes = 250;

    public override bool IsNamespaced => false;

    public override bool HasGeneration => true;

    public override void Default(JsonObject document)
    {
        if (document.Object("spec")?.Object("parameters") is { } parameters) SetDefault(parameters, "scope", "Cluster");
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        if (Required(spec, "controller", "spec", causes))
        {
            NotLonger(spec, "controller", MaxControllerBytes, "spec", causes);
            Grammar(spec, "controller", Names.DomainPrefixedPathError, "spec", causes);
        }
        if (spec.Object("parameters") is not { } parameters) return;
        const string path = "spec.parameters";
        Grammar(parameters, "apiGroup", Names.SubdomainError, path, causes);
        RequiredGrammar(parameters, "kind", Names.PathSegmentError, path, causes);
        RequiredGrammar(parameters, "name", Names.PathSegmentError, path, causes);
        RequiredSupported(parameters, "scope", ["Cluster", "Namespace"], path, causes);
        var ns = parameters.Text("namespace");
        if (parameters.Text("scope") == "Namespace")
        {
            if (ns is null) causes.Add(StatusCause.Required($"{path}.namespace", "`parameters.scope` is set to 'Namespace'"));
            else if (Names.LabelError(ns) is { } error) causes.Add(StatusCause.Invalid($"{path}.namespace", Quote(ns), error));
        }
        if (parameters.Text("scope") == "Cluster" && ns is not null) causes.Add(StatusCause.Forbidden($"{path}.namespace", "`parameters.scope` is set to 'Cluster'"));
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        Immutable(old.Object("spec")?["controller"], updated.Object("spec")?["controller"], "spec.controller", causes);
    }
}
