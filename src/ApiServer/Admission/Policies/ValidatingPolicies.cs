using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission.Expressions;
using Slipway.ApiServer.Admission.Webhooks;
using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>Applies the <c>ValidatingAdmissionPolicy</c>s that are bound.</summary>
internal sealed class ValidatingPolicies(CacheFeed feed, Func<ResourceCatalog> catalog, Authorizer authorizer) : AdmissionPlugin
{
    private readonly BoundPolicies<ValidatingPolicy> _policies =
        new(feed, "validatingadmissionpolicies", "validatingadmissionpolicybindings", ValidatingPolicy.Read, catalog);

    public override string Name => "ValidatingAdmissionPolicy";

    public override bool Validates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) => !WebhookExemptions.CoversForPolicies(type);

    public override ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation) =>
        _policies.IsEmpty ? ValueTask.CompletedTask : ApplyAsync(request, cancellation);

    // Every binding is applied even after a refusal: each may warn and annotate.
    private async ValueTask ApplyAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        ApiException? refusal = null;
        foreach (var invocation in await _policies.ForAsync(request, cancellation))
        {
            var refused = invocation.Problem is { } problem ? Refusal(request, invocation, problem) : await ApplyAsync(invocation, request, cancellation);
            refusal ??= refused;
        }
        if (refusal is not null) throw refusal;
    }

    private async ValueTask<ApiException?> ApplyAsync(PolicyInvocation<ValidatingPolicy> invocation, AdmissionRequest request, CancellationToken cancellation)
    {
        var (policy, binding, seenAs) = (invocation.Policy, invocation.Binding, invocation.SeenAs);
        var (document, old) = await request.ViewsAsync(seenAs, cancellation);
        var budget = new CostBudget(CostBudget.OfPolicies);
        var variables = RequestVariables.Of(request, AdmissionReview.Head(request, seenAs, ""), document, old, authorizer);
        var verdict = PolicyEvaluation.Evaluate(policy, policy.Read(variables, invocation.Parameter, _policies.NamespaceOf(request), budget, cancellation), budget, cancellation);
        ApiException? refusal = null;
        foreach (var failure in verdict.Failures)
        {
            if (binding.Actions.Contains("Deny")) refusal ??= Refusal(request, policy, binding, failure.Message, failure.Reason);
            if (binding.Actions.Contains("Warn"))
                request.Warn($"Validation failed for ValidatingAdmissionPolicy '{policy.Name}' with binding '{binding.Name}': {failure.Message}");
        }
        if (verdict.Failures.Count > 0 && binding.Actions.Contains("Audit"))
            request.Annotate("validation.policy.admission.k8s.io/validation_failure", Told(policy, binding, verdict.Failures).Shown());
        foreach (var (key, value) in verdict.Annotations) request.Annotate($"{policy.Name}/{key}", value);
        return verdict.Errors.Count > 0 ? refusal ?? Refusal(request, policy, binding, verdict.Errors[0], "Invalid") : refusal;
    }

    private static ApiException? Refusal(AdmissionRequest request, PolicyInvocation<ValidatingPolicy> invocation, PolicyConfigurationException problem) =>
        invocation.Policy.IgnoresFailures ? null : Refusal(request, invocation.Policy, problem.IsOfBinding ? invocation.Binding : null, problem.Told, "Invalid");

    private static JsonArray Told(ValidatingPolicy policy, PolicyBinding binding, IReadOnlyList<PolicyFailure> failures) => new([.. failures.Select(f => (JsonNode)new JsonObject
    {
        ["message"] = f.Message,
        ["policy"] = policy.Name,
        ["binding"] = binding.Name,
        ["expressionIndex"] = f.Index,
        ["validationActions"] = new JsonArray([.. binding.Actions.Select(a => (JsonNode)a)]),
    })]);

    private static ApiException Refusal(AdmissionRequest request, ValidatingPolicy policy, PolicyBinding? binding, string message, string reason)
    {
        var by = binding is null ? "" : $" with binding '{binding.Name}'";
        var told = $"ValidatingAdmissionPolicy '{policy.Name}'{by} denied request: {message}";
        var forbidden = request.Forbidden(told);
        var code = reason switch { "Unauthorized" => 401, "Forbidden" => 403, "RequestEntityTooLarge" => 413, _ => 422 };
        return new(code, reason, forbidden.Message) { Group = forbidden.Group, Kind = forbidden.Kind, Name = forbidden.Name, Causes = [new StatusCause("", "", told)] };
    }
}
