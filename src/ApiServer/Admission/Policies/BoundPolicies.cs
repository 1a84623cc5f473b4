using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>A policy that a request must pass, by one of its bindings, with one of its parameters.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Binding">The binding.</param>
/// <param name="SeenAs">The version of the resource in which the policy sees objects.</param>
/// <param name="Parameter">The parameter; null for none.</param>
/// <param name="Problem">Why policy or binding cannot be put to work; null when they can.</param>
internal sealed record PolicyInvocation<T>(T Policy, PolicyBinding Binding, ServedResource SeenAs, JsonObject? Parameter, PolicyConfigurationException? Problem) where T : AdmissionPolicy;

/// <summary>The policies of a kind with their bindings, and which of them a request meets.</summary>
/// <param name="feed">Feeds the caches.</param>
/// <param name="policies">Name of the resource of the policies.</param>
/// <param name="bindings">Name of the resource of their bindings.</param>
/// <param name="read">Compiles a policy.</param>
/// <param name="catalog">The served resources.</param>
internal sealed class BoundPolicies<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] T>(
    CacheFeed feed, string policies, string bindings, Func<JsonObject, T> read, Func<ResourceCatalog> catalog) where T : AdmissionPolicy
{
    private const string Group = "admissionregistration.k8s.io";
    private readonly PolicyObjects<T> _policies = new(feed, Group, policies, read);
    private readonly PolicyObjects<PolicyBinding> _bindings = new(feed, Group, bindings, PolicyBinding.Read);
    private readonly PolicyObjects<JsonObject> _namespaces = new(feed, "", "namespaces", d => d);

    /// <summary>Whether no policy is bound.</summary>
    public bool IsEmpty => _policies.IsEmpty || _bindings.IsEmpty;

    /// <summary>The namespace of a request's object, for expressions; null for what lies in none.</summary>
    public JsonObject? NamespaceOf(AdmissionRequest request) => request.Namespace.Length > 0 && !request.IsNamespace ? _namespaces.Find("", request.Namespace) : null;

    /// <summary>What a request must pass, in the order of the policies' names and then of the bindings'. Conditions are not looked at yet.</summary>
    public async ValueTask<IReadOnlyList<PolicyInvocation<T>>> ForAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (IsEmpty) return [];
        var resources = catalog();
        ServedResource[] equivalents = [.. resources.Resources.Where(r => r.Cache == request.Resource.Cache && r != request.Resource)];
        var labels = request.IsNamespace ? (request.Object ?? request.OldObject)?.Labels : NamespaceOf(request)?.Labels;
        // A parameter may have been written a moment ago.
        if (_policies.All.Any(p => p.Params is not null)) await feed.WaitUntilFreshAsync(cancellation);

        var invocations = new List<PolicyInvocation<T>>();
        foreach (var policy in _policies.All)
        {
            if (policy.Match.Find(request, equivalents, labels) is not { } seenAs) continue;
            foreach (var binding in _bindings.All)
            {
                if (binding.Policy != policy.Name || binding.Match.Find(request, equivalents, labels) is null) continue;
                try
                {
                    var parameters = await PolicyParams.OfAsync(policy, binding, request.IsNamespace ? "" : request.Namespace, resources, cancellation);
                    invocations.AddRange(parameters.Select(p => new PolicyInvocation<T>(policy, binding, seenAs, p, null)));
                }
                catch (PolicyConfigurationException problem)
                {
                    invocations.Add(new(policy, binding, seenAs, null, problem));
                }
            }
        }
        return invocations;
    }
}
