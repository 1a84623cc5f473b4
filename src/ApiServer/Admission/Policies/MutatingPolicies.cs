using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Cel;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission.Expressions;
using Slipway.ApiServer.Admission.Webhooks;
using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>
/// Applies the <c>MutatingAdmissionPolicy</c>s that are bound, one after the other. Those that ask for it are applied once more
/// when the object has been changed after them, by another policy or by a webhook
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/#reinvocation-policy"/>).
/// </summary>
internal sealed class MutatingPolicies(CacheFeed feed, Func<ResourceCatalog> catalog, Authorizer authorizer) : AdmissionPlugin
{
    private readonly BoundPolicies<MutatingPolicy> _policies =
        new(feed, "mutatingadmissionpolicies", "mutatingadmissionpolicybindings", MutatingPolicy.Read, catalog);

    public override string Name => "MutatingAdmissionPolicy";

    public override bool Mutates => true;

    // A deletion has no object to be changed.
    public override bool Concerns(ResourceType type, string subresource, Operation operation) => operation != Operation.Delete && !WebhookExemptions.CoversForPolicies(type);

    public override ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation) =>
        _policies.IsEmpty ? ValueTask.CompletedTask : ApplyAsync(request, cancellation);

    private async ValueTask ApplyAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        var rounds = request.PolicyRounds ??= new();
        if (request.IsReinvocation && !JsonNode.DeepEquals(rounds.Output, request.Object)) rounds.CallAgain();
        var problems = new List<PolicyProblem>();
        foreach (var invocation in await _policies.ForAsync(request, cancellation))
        {
            if (invocation.Problem is { } problem)
            {
                problems.Add(new(invocation.Policy, problem.IsOfBinding ? invocation.Binding : null, problem.Told, "Forbidden"));
                continue;
            }
            if (!await MatchesAsync(invocation, request, problems, cancellation)) continue;
            var id = $"{invocation.Policy.Name}/{invocation.Binding.Name}/{invocation.Parameter?.Namespace}/{invocation.Parameter?.Name}";
            if (request.IsReinvocation && !rounds.IsToBeCalledAgain(id)) continue;
            if (await MutateAsync(invocation, request, problems, cancellation))
            {
                rounds.CallAgain();
                request.NeedsReinvocation = true;
            }
            if (invocation.Policy.IsReinvoked) rounds.Called(id);
        }
        if (!request.IsReinvocation && rounds.HasAny) rounds.Output = request.Object?.DeepClone();
        problems.RemoveAll(p => p.Policy.IgnoresFailures);
        if (problems.Count > 0) throw Refusal(request, problems);
    }

    private async ValueTask<bool> MatchesAsync(PolicyInvocation<MutatingPolicy> invocation, AdmissionRequest request, List<PolicyProblem> problems, CancellationToken cancellation)
    {
        var policy = invocation.Policy;
        if (policy.Conditions.IsEmpty) return true;
        var (document, old) = await request.ViewsAsync(invocation.SeenAs, cancellation);
        var variables = Variables(invocation, request, document, old, new CostBudget(CostBudget.OfPolicies), cancellation);
        if (policy.Conditions.Match(variables, out var problem, cancellation)) return true;
        if (problem is not null) problems.Add(new(policy, invocation.Binding, problem, "Invalid"));
        return false;
    }

    // Mutations see the work of those before them; one that fails does not keep the others from being tried.
    private async ValueTask<bool> MutateAsync(PolicyInvocation<MutatingPolicy> invocation, AdmissionRequest request, List<PolicyProblem> problems, CancellationToken cancellation)
    {
        var changed = false;
        foreach (var mutation in invocation.Policy.Mutations)
        {
            if (await request.ViewsAsync(invocation.SeenAs, cancellation) is not ({ } document, var old)) break;
            var budget = new CostBudget(CostBudget.OfPolicies);
            try
            {
                var made = mutation.Expression.Evaluate(Variables(invocation, request, document, old, budget, cancellation), budget, cancellation);
                if (made is CelError error) throw new FormatException(mutation.Expression.Told(error));
                changed |= await request.AcceptAsync(mutation.Apply(request.SchemaOf(invocation.SeenAs), document, made), invocation.SeenAs, cancellation);
            }
            catch (FormatException e)
            {
                problems.Add(new(invocation.Policy, invocation.Binding, e.Message, "Invalid"));
            }
        }
        return changed;
    }

    private Dictionary<string, CelValue> Variables(
        PolicyInvocation<MutatingPolicy> invocation, AdmissionRequest request, JsonObject? document, JsonObject? old, CostBudget budget, CancellationToken cancellation)
    {
        var head = AdmissionReview.Head(request, invocation.SeenAs, "");
        var variables = RequestVariables.Of(request, head, document, old, authorizer);
        return invocation.Policy.Read(variables, invocation.Parameter, _policies.NamespaceOf(request), budget, cancellation);
    }

    private static ApiException Refusal(AdmissionRequest request, IReadOnlyList<PolicyProblem> problems) => new(403, problems[0].Reason, problems[0].Told)
    {
        Group = request.Type.Group,
        Kind = request.Type.Plural,
        Name = request.ShownName,
        Causes = [.. problems.Select(p => new StatusCause("", "", p.Told))],
    };

    /// <summary>Why a policy could not be applied.</summary>
    private sealed record PolicyProblem(MutatingPolicy Policy, PolicyBinding? Binding, string Message, string Reason)
    {
        public string Told => Binding is null ? $"policy \"{Policy.Name}\" denied request: {Message}" : $"policy '{Policy.Name}' with binding '{Binding.Name}' denied request: {Message}";
    }
}
