using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission;

namespace Slipway.ApiServer.Authorization.Rbac;

/// <summary>
/// Keeps users from giving what they do not have: who writes a role must hold all that it allows or the verb <c>escalate</c>,
/// and who writes a binding all that its role allows or the verb <c>bind</c>
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping"/>).
/// </summary>
internal sealed class EscalationCheck(Authorizer authorizer) : AdmissionPlugin
{
    private static readonly PolicyRule[] Everything =
    [
        new() { Verbs = ["*"], ApiGroups = ["*"], Resources = ["*"] },
        new() { Verbs = ["*"], NonResourceUrls = ["*"] },
    ];

    public override bool Validates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) =>
        type.Group == PolicyIndex.Group && operation is Operation.Create or Operation.Update;

    /// <exception cref="ApiException">403 with what is missing; 404 for a binding to no role.</exception>
    public override ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        var (user, type, current, wanted) = (request.User, request.Type, request.OldObject, request.Object!);
        // The garbage collector must be able to finish with what it could not have granted.
        if (user.IsIn(UserInfo.Masters) || (current is not null && DiffersInReferencesAlone(current, wanted))) return ValueTask.CompletedTask;
        if (wanted.Kind is "Role" or "ClusterRole") CheckRole(user, type, current, wanted);
        else CheckBinding(user, type, wanted);
        return ValueTask.CompletedTask;
    }

    private void CheckRole(UserInfo user, ResourceType type, JsonObject? current, JsonObject wanted)
    {
        var (ns, name) = (wanted.Namespace, wanted.Name);
        if (authorizer.Decide(new AccessRequest(user, "escalate") { Group = PolicyIndex.Group, Resource = type.Plural, Namespace = ns, Name = name }).IsAllowed) return;
        var held = authorizer.Policy.RulesFor(user, ns);
        if (Missing(user, held, PolicyRule.ReadAll(wanted)) is { } missing) throw Forbidden(type, name, missing);
        if ((wanted["aggregationRule"] ?? current?["aggregationRule"]) is not null && Missing(user, held, Everything) is not null)
            throw Forbidden(type, name, "must have cluster-admin privileges to use the aggregationRule");
    }

    private void CheckBinding(UserInfo user, ResourceType type, JsonObject wanted)
    {
        var role = RoleBinding.RoleOf(wanted.Namespace, wanted);
        var roles = role.Namespace.Length == 0 ? "clusterroles" : "roles";
        if (authorizer.Decide(new AccessRequest(user, "bind") { Group = PolicyIndex.Group, Resource = roles, Namespace = wanted.Namespace, Name = role.Name }).IsAllowed) return;
        if (authorizer.Policy.RulesOf(role) is not { } rules) throw ApiException.NotFound(PolicyIndex.Group, roles, role.Name);
        if (Missing(user, authorizer.Policy.RulesFor(user, wanted.Namespace), rules) is { } missing) throw Forbidden(type, wanted.Name, missing);
    }

    private static string? Missing(UserInfo user, ResolvedRules held, IReadOnlyList<PolicyRule> wanted)
    {
        var missing = RuleCoverage.Missing(held.Rules, wanted);
        if (missing.Count == 0) return null;
        var groups = string.Join(' ', user.Groups.Select(g => $"\"{g}\""));
        var unresolved = held.Missing.Length == 0 ? "" : $"; resolution errors: [{held.Missing}]";
        return $"user \"{user.Name}\" (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:\n{string.Join('\n', RuleCoverage.Describe(missing))}{unresolved}";
    }

    private static bool DiffersInReferencesAlone(JsonObject current, JsonObject wanted) =>
        JsonNode.DeepEquals(WithoutReferences(current), WithoutReferences(wanted));

    private static JsonObject WithoutReferences(JsonObject document)
    {
        var copy = (JsonObject)document.DeepClone();
        foreach (var field in (ReadOnlySpan<string>)["ownerReferences", "finalizers", "resourceVersion", "managedFields", "selfLink"]) copy.Metadata.Remove(field);
        return copy;
    }

    private static ApiException Forbidden(ResourceType type, string name, string why) =>
        new(403, "Forbidden", $"{type.GroupResource} \"{name}\" is forbidden: {why}") { Group = type.Group, Kind = type.Plural, Name = name };
}
