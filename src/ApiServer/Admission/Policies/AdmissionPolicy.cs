using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission.Expressions;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>What validating and mutating policies have in common, compiled.</summary>
internal record AdmissionPolicy(string Name, bool IgnoresFailures, ParamKind? Params, MatchResources Match, MatchConditions Conditions, PolicyVariables Variables)
{
    /// <summary>What the policy's expressions may read.</summary>
    public CelEnvironment Environment => Variables.Environment;

    public static AdmissionPolicy ReadBasis(JsonObject policy)
    {
        var spec = policy.Object("spec") ?? [];
        var environment = AdmissionExpression.ForPolicies(hasParams: spec.Object("paramKind") is not null);
        return new(
            policy.Name,
            spec.Text("failurePolicy") == "Ignore",
            spec.Object("paramKind") is { } kind ? new(kind.Text("apiVersion") ?? "", kind.Text("kind") ?? "") : null,
            MatchResources.Read(spec.Object("matchConstraints")),
            MatchConditions.Read(spec.Objects("matchConditions"), environment),
            PolicyVariables.Read(spec.Objects("variables"), environment));
    }

    /// <summary>What the policy's expressions read of a request, the variables included.</summary>
    /// <param name="request">What they read of any request.</param>
    /// <param name="parameter">The parameter; null for none.</param>
    /// <param name="ns">The namespace of the object; null for what lies in none.</param>
    /// <param name="budget">What the variables may cost, with all else.</param>
    /// <param name="cancellation">Ends their evaluation.</param>
    public Dictionary<string, CelValue> Read(Dictionary<string, CelValue> request, JsonObject? parameter, JsonObject? ns, CostBudget budget, CancellationToken cancellation)
    {
        request["params"] = CelJson.UnstructuredToCel(parameter);
        request["namespaceObject"] = CelJson.UnstructuredToCel(ns);
        request["variables"] = Variables.Of(request, budget, cancellation);
        return request;
    }
}

/// <summary>Kind of the objects that a policy takes its parameters from.</summary>
internal sealed record ParamKind(string ApiVersion, string Kind);

/// <summary>A named expression.</summary>
internal sealed record PolicyVariable(string Name, AdmissionExpression Expression);
