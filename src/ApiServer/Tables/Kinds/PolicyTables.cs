using System.Text.Json;
using static Slipway.ApiServer.Tables.Column;

namespace Slipway.ApiServer.Tables.Kinds;

/// <summary>Tables of who may do what, and of what is admitted when.</summary>
internal static class PolicyTables
{
    private const string Unset = "<unset>";

    public static Dictionary<(string, string), IReadOnlyList<Column>> All { get; } = new()
    {
        [("policy", "PodDisruptionBudget")] =
        [
            ObjectName,
            Of("Min Available", b => CellTexts.Amount(b.At("spec", "minAvailable")) ?? "N/A") with { Description = "The minimum number of pods that must be available." },
            Of("Max Unavailable", b => CellTexts.Amount(b.At("spec", "maxUnavailable")) ?? "N/A") with { Description = "The maximum number of pods that may be unavailable." },
            Integer("Allowed Disruptions", "status.disruptionsAllowed") with { Description = "Calculated number of pods that may be disrupted at this time." },
            Age,
        ],
        [("rbac.authorization.k8s.io", "RoleBinding")] = Binding("roleBinding"),
        [("rbac.authorization.k8s.io", "ClusterRoleBinding")] = Binding("clusterRoleBinding"),
        [("admissionregistration.k8s.io", "MutatingWebhookConfiguration")] = Webhooks,
        [("admissionregistration.k8s.io", "ValidatingWebhookConfiguration")] = Webhooks,
        [("admissionregistration.k8s.io", "ValidatingAdmissionPolicy")] =
        [
            ObjectName,
            Number("Validations", p => p.Count("spec", "validations")) with { Description = "Validations indicates the number of validation rules defined in this configuration" },
            ParamKind, Age,
        ],
        [("admissionregistration.k8s.io", "MutatingAdmissionPolicy")] =
        [
            ObjectName,
            Number("Mutations", p => p.Count("spec", "mutations")) with { Description = "Mutation indicates the number of mutations rules defined in this configuration" },
            ParamKind, Age,
        ],
        [("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding")] = PolicyBinding,
        [("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding")] = PolicyBinding,
        [("flowcontrol.apiserver.k8s.io", "FlowSchema")] =
        [
            ObjectName, Text("PriorityLevel", "spec.priorityLevelConfiguration.name"), Integer("MatchingPrecedence", "spec.matchingPrecedence") with { Type = "string" },
            Text("DistinguisherMethod", "spec.distinguisherMethod.type", "<none>") with { Field = "spec.distinguisherMethod" }, Age,
            Of("MissingPL", s => s.Items("status", "conditions").Where(c => c.Text("type") == "Dangling").Select(c => c.Text("status")).FirstOrDefault() ?? "?")
                with { Description = "references a broken or non-existent PriorityLevelConfiguration" },
        ],
        [("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration")] =
        [
            ObjectName, Text("Type", "spec.type"), Shares("NominalConcurrencyShares", "spec.limited.nominalConcurrencyShares"),
            Shares("Queues", "spec.limited.limitResponse.queuing.queues"), Shares("HandSize", "spec.limited.limitResponse.queuing.handSize"),
            Shares("QueueLengthLimit", "spec.limited.limitResponse.queuing.queueLengthLimit"), Age,
        ],
    };

    private static IReadOnlyList<Column> Webhooks =>
    [
        ObjectName, Number("Webhooks", w => w.Count("webhooks")) with { Description = "Webhooks indicates the number of webhooks registered in this configuration" }, Age,
    ];

    private static IReadOnlyList<Column> PolicyBinding =>
    [
        ObjectName, Text("PolicyName", "spec.policyName") with { Description = "PolicyName indicates the policy definition which the policy binding binded to" },
        Of("ParamRef", ParamRef) with { Description = "ParamRef indicates the param resource which sets the configration param" }, Age,
    ];

    private static Column ParamKind => Of("ParamKind", p => p.Has("spec", "paramKind") ? $"{p.Text("spec", "paramKind", "apiVersion")}/{p.Text("spec", "paramKind", "kind")}" : Unset)
        with { Description = "ParamKind specifies the kind of resources used to parameterize this policy" };

    private static IReadOnlyList<Column> Binding(string what) =>
    [
        ObjectName, Of("Role", b => $"{b.Text("roleRef", "kind")}/{b.Text("roleRef", "name")}") with { Field = "roleRef" }, Age,
        Of("Users", b => Subjects(b, "User")).Wide with { Description = $"Users in the {what}" },
        Of("Groups", b => Subjects(b, "Group")).Wide with { Description = $"Groups in the {what}" },
        Of("ServiceAccounts", b => Subjects(b, "ServiceAccount")).Wide with { Description = $"ServiceAccounts in the {what}" },
    ];

    private static string Subjects(JsonElement binding, string kind) => string.Join(", ", binding.Items("subjects")
        .Where(s => s.Text("kind") == kind)
        .Select(s => kind == "ServiceAccount" ? $"{s.Text("namespace")}/{s.Text("name")}" : s.Text("name")));

    private static string ParamRef(JsonElement binding)
    {
        var reference = binding.At("spec", "paramRef");
        // Whether the parameters live in a namespace cannot be seen here.
        if (reference.Text("name") is { Length: > 0 } name) return $"{CellTexts.Or(reference.Text("namespace"), "*")}/{name}";
        return reference.Has("selector") ? CellTexts.Selector(reference.At("selector")) : Unset;
    }

    private static Column Shares(string name, string field)
    {
        var path = field.Split('.');
        return new(name, (json, level, _) =>
        {
            if (level.Has(path)) json.WriteNumberValue(level.Integer(path));
            else json.WriteStringValue("<none>");
        }) { Field = field };
    }
}
