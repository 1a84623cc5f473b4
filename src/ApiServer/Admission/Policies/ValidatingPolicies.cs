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

/// <summary>Applies the <c>ValidatingAdmissionPolicy</c>s that are bound.</summary>
internal sealed class ValidatingPolicies(CacheFeed feed, Func<ResourceCatalog> catalog, Authorizer authorizer) : AdmissionPlugin
{
    private const string Group = "admissionregistration.k8s.io";
    private readonly PolicyObjects<ValidatingPolicy> _policies = new(feed, Group, "validatingadmissionpolicies", ValidatingPolicy.Read);
    private readonly PolicyObjects<PolicyBinding> _bindings = new(feed, Group, "validatingadmissionpolicybindings", PolicyBinding.Read);
    private readonly PolicyObjects<JsonObject> _namespaces = new(feed, "", "namespaces", d => d);

    public override bool Validates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) => !WebhookExemptions.Covers(type);

    public override async ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (_policies.IsEmpty || _bindings.IsEmpty) return;
        var resources = catalog();
        ServedResource[] equivalents = [.. resources.Resources.Where(r => r.Cache == request.Resource.Cache && r != request.Resource)];
        var ns = request.Namespace.Length > 0 && !request.IsNamespace ? _namespaces.Find("", request.Namespace) : null;
        var labels = request.IsNamespace ? (request.Object ?? request.OldObject)?.Labels : ns?.Labels;
        // A parameter may have been written a moment ago.
        if (_policies.All.Any(p => p.Params is not null)) await feed.WaitUntilFreshAsync(cancellation);

        ApiException? refusal = null;
        foreach (var policy in _policies.All)
        {
            if (policy.Match.Find(request, equivalents, labels) is not { } seenAs) continue;
            foreach (var binding in _bindings.All.Where(b => b.Policy == policy.Name && b.Match.Find(request, equivalents, labels) is not null))
                refusal = await ApplyAsync(policy, binding, request, seenAs, ns, resources, cancellation) is { } refused ? refusal ?? refused : refusal;
        }
        if (refusal is not null) throw refusal;
    }

    // Every binding is applied even after a refusal: each may warn and annotate.
    private async ValueTask<ApiException?> ApplyAsync(
        ValidatingPolicy policy, PolicyBinding binding, AdmissionRequest request, ServedResource seenAs, JsonObject? ns, ResourceCatalog resources, CancellationToken cancellation)
    {
        IReadOnlyList<JsonObject?> parameters;
        try
        {
            parameters = await PolicyParams.OfAsync(policy, binding, request.IsNamespace ? "" : request.Namespace, resources, cancellation);
        }
        catch (PolicyConfigurationException e)
        {
            return policy.IgnoresFailures ? null : Refusal(request, policy, e.IsOfBinding ? binding : null, $"failed to configure {(e.IsOfBinding ? "binding" : "policy")}: {e.Message}", "Invalid");
        }

        ApiException? refusal = null;
        foreach (var parameter in parameters)
        {
            var (document, old) = await request.ViewsAsync(seenAs, cancellation);
            var variables = RequestVariables.Of(request, AdmissionReview.Head(request, seenAs, ""), document, old, authorizer);
            variables["params"] = CelJson.ToCel(parameter);
            variables["namespaceObject"] = CelJson.ToCel(ns);
            var verdict = PolicyEvaluation.Evaluate(policy, variables, cancellation);
            foreach (var failure in verdict.Failures)
            {
                if (binding.Actions.Contains("Deny")) refusal ??= Refusal(request, policy, binding, failure.Message, failure.Reason);
                if (binding.Actions.Contains("Warn"))
                    request.Warn($"Validation failed for ValidatingAdmissionPolicy '{policy.Name}' with binding '{binding.Name}': {failure.Message}");
            }
            if (verdict.Failures.Count > 0 && binding.Actions.Contains("Audit"))
                request.Annotate("validation.policy.admission.k8s.io/validation_failure", Told(policy, binding, verdict.Failures).Shown());
            foreach (var (key, value) in verdict.Annotations) request.Annotate($"{policy.Name}/{key}", value);
            if (verdict.Errors.Count > 0) refusal ??= Refusal(request, policy, binding, verdict.Errors[0], "Invalid");
        }
        return refusal;
    }

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
