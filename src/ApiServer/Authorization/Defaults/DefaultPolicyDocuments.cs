using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Authorization.Rbac;

namespace Slipway.ApiServer.Authorization.Defaults;

/// <summary>Makes the documents of default roles and bindings, and brings existing ones up to them. Nothing is ever taken away but the subjects of parts that do not run.</summary>
internal static class DefaultPolicyDocuments
{
    private const string AutoUpdate = "rbac.authorization.kubernetes.io/autoupdate";
    private const string Aggregate = "rbac.authorization.k8s.io/aggregate-to-";

    /// <summary>The document of a role that is not there yet.</summary>
    public static JsonObject Of(DefaultRole role, DefaultPolicy policy)
    {
        var document = Head(role.Key.Namespace.Length == 0 ? "ClusterRole" : "Role", role.Key.Namespace, role.Key.Name);
        if (role.AggregatedTo is { } whole) document.Labels![Aggregate + whole] = "true";
        if (role.Aggregates is { } label)
            document["aggregationRule"] = new JsonObject { ["clusterRoleSelectors"] = new JsonArray(new JsonObject { ["matchLabels"] = new JsonObject { [Aggregate + label] = "true" } }) };
        // What the controller of aggregated roles would make of it, so that nobody has to wait for it.
        var rules = role.Aggregates is { } aggregate ? policy.AggregatedRules(aggregate) : role.Rules;
        document["rules"] = new JsonArray([.. rules.Select(r => (JsonNode)r.ToJson())]);
        return document;
    }

    /// <summary>The document of a binding that is not there yet.</summary>
    public static JsonObject Of(RoleBinding binding)
    {
        var document = Head(binding.Namespace.Length == 0 ? "ClusterRoleBinding" : "RoleBinding", binding.Namespace, binding.Name);
        document["roleRef"] = new JsonObject
        {
            ["apiGroup"] = PolicyIndex.Group,
            ["kind"] = binding.Role.Namespace.Length == 0 ? "ClusterRole" : "Role",
            ["name"] = binding.Role.Name,
        };
        if (binding.Subjects.Count > 0) document["subjects"] = new JsonArray([.. binding.Subjects.Select(s => (JsonNode)ToJson(s))]);
        return document;
    }

    /// <summary>Adds to an existing role what it lacks; whether it lacked something.</summary>
    public static bool Complete(JsonObject existing, DefaultRole role, DefaultPolicy policy)
    {
        if (IsLeftAlone(existing)) return false;
        var changed = CompleteMetadata(existing, Of(role, policy));
        if (role.Aggregates is not null) return changed;   // its rules are the controller's
        var missing = RuleCoverage.Missing(PolicyRule.ReadAll(existing), role.Rules);
        if (missing.Count == 0) return changed;
        if (existing.Array("rules") is not { } rules) existing["rules"] = rules = [];
        foreach (var rule in missing) rules.Add((JsonNode)rule.ToJson());
        return true;
    }

    /// <summary>Adds to an existing binding the subjects that it lacks; whether it lacked some. One to another role is left alone.</summary>
    public static bool Complete(JsonObject existing, RoleBinding binding)
    {
        if (IsLeftAlone(existing) || RoleBinding.RoleOf(binding.Namespace, existing) != binding.Role) return false;
        var changed = CompleteMetadata(existing, Of(binding));
        var missing = binding.Subjects.Except(RoleBinding.SubjectsOf(binding.Namespace, existing)).ToList();
        if (missing.Count == 0) return changed;
        if (existing.Array("subjects") is not { } subjects) existing["subjects"] = subjects = [];
        foreach (var subject in missing) subjects.Add((JsonNode)ToJson(subject));
        return true;
    }

    /// <summary>Takes from an existing binding the subjects that are to have no rights by it; whether it had some. One to another role is left alone.</summary>
    public static bool Withdraw(JsonObject existing, RoleBinding binding)
    {
        if (IsLeftAlone(existing) || RoleBinding.RoleOf(binding.Namespace, existing) != binding.Role) return false;
        var present = RoleBinding.SubjectsOf(binding.Namespace, existing);
        var kept = present.Except(binding.Subjects).ToList();
        if (kept.Count == present.Count) return false;
        existing["subjects"] = new JsonArray([.. kept.Select(s => (JsonNode)ToJson(s))]);
        return true;
    }

    private static bool IsLeftAlone(JsonObject existing) => existing.Annotations?.Text(AutoUpdate) == "false";

    private static bool CompleteMetadata(JsonObject existing, JsonObject wanted)
    {
        var changed = false;
        foreach (var field in (ReadOnlySpan<string>)["labels", "annotations"])
        {
            var present = existing.Metadata.ObjectOrNew(field);
            foreach (var (name, value) in wanted.Metadata.Object(field)!)
            {
                if (present.ContainsKey(name)) continue;
                present[name] = value!.DeepClone();
                changed = true;
            }
        }
        return changed;
    }

    private static JsonObject Head(string kind, string ns, string name)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (ns.Length > 0) metadata["namespace"] = ns;
        metadata["labels"] = new JsonObject { ["kubernetes.io/bootstrapping"] = "rbac-defaults" };
        metadata["annotations"] = new JsonObject { [AutoUpdate] = "true" };
        return new JsonObject { ["apiVersion"] = $"{PolicyIndex.Group}/v1", ["kind"] = kind, ["metadata"] = metadata };
    }

    private static JsonObject ToJson(Subject subject)
    {
        var json = new JsonObject { ["kind"] = subject.Kind, ["name"] = subject.Name };
        if (subject.Kind == "ServiceAccount") json["namespace"] = subject.Namespace;
        else json["apiGroup"] = PolicyIndex.Group;
        return json;
    }
}
