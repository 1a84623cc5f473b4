using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>Puts a policy to work (<see href="https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/validating-admission-policy-binding-v1/"/>).</summary>
internal sealed record PolicyBinding(string Name, string Policy, ParamReference? Params, MatchResources Match, IReadOnlyList<string> Actions)
{
    public static PolicyBinding Read(JsonObject binding)
    {
        var spec = binding.Object("spec") ?? [];
        return new(
            binding.Name,
            spec.Text("policyName") ?? "",
            spec.Object("paramRef") is { } reference ? ParamReference.Read(reference) : null,
            MatchResources.Read(spec.Object("matchResources")),
            [.. spec.Array("validationActions")?.Select(a => a.AsText() ?? "") ?? []]);
    }
}

/// <summary>Which objects are the parameters: one by its name, or those that a selector selects.</summary>
internal sealed record ParamReference(string Name, string Namespace, LabelSelector Selector, bool RefusesWithout)
{
    public static ParamReference Read(JsonObject reference)
    {
        LabelSelector selector;
        try
        {
            selector = reference.Object("selector") is { } given ? LabelSelector.FromJson(given) : LabelSelector.Everything;
        }
        catch (ApiException)
        {
            selector = LabelSelector.Everything;   // refused when the binding was written
        }
        return new(reference.Text("name") ?? "", reference.Text("namespace") ?? "", selector, reference.Text("parameterNotFoundAction") != "Allow");
    }
}
