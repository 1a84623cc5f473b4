using System.Text.Json.Nodes;
using Slipway.Api.Kinds;
using Slipway.Flows;
using Slipway.Host.Commands;

namespace Slipway.Host.Operator;

/// <summary>What is asked of an installation.</summary>
/// <param name="Namespace">Namespace of the operator.</param>
/// <param name="Image">Its image, as the cluster's nodes find it.</param>
/// <param name="Replicas">How many operators, of which one leads.</param>
/// <param name="Storage">Size of the volume of ledger and artifacts.</param>
/// <param name="StorageClass">Its class; null for the cluster's default.</param>
/// <param name="AccessMode">Its access mode: that of several nodes where several operators run on them.</param>
/// <param name="HasDeployment">Whether the operator runs in the cluster; otherwise beside it, and there is neither Deployment nor volume.</param>
internal sealed record InstallOptions(string Namespace, string Image, int Replicas, string Storage, string? StorageClass, string AccessMode, bool HasDeployment);

/// <summary>The objects that bring Slipway's flows to a cluster, in the order in which they are applied.</summary>
internal static class InstallDocuments
{
    private const string Name = OperatorOptions.Name;
    private const string Rbac = "rbac.authorization.k8s.io";
    private const string Admission = "admissionregistration.k8s.io/v1";
    private const string Part = "app.kubernetes.io/part-of", PartName = "slipway";

    /// <summary>Makes them.</summary>
    public static IReadOnlyList<JsonObject> For(InstallOptions options)
    {
        var ns = options.Namespace;
        return
        [
            .. OwnKinds.Definitions.Where(d => (string?)d["spec"]?["group"] == CustomKindAttribute.Group),
            Of("v1", "Namespace", ns, null, new() { ["pod-security.kubernetes.io/enforce"] = "restricted" }),
            Of("v1", "ServiceAccount", Name, ns),

            // What it does for flows everywhere.
            Role("ClusterRole", Name, null, Rules),
            Binding("ClusterRoleBinding", Name, null, "ClusterRole", Name, ns),

            // What it does for itself.
            Role("Role", Name, ns,
            [
                Rule("coordination.k8s.io", "leases", ["get", "create", "update"]),
                Rule("discovery.k8s.io", "endpointslices", ["get", "create", "patch"]),
                Rule("", "secrets", ["create"]),
                Rule("", "secrets", ["get"], Name),
            ]),
            Binding("RoleBinding", Name, ns, "Role", Name, ns),
            Binding("RoleBinding", $"{Name}-authentication-reader", "kube-system", "Role", "extension-apiserver-authentication-reader", ns),

            // What users may do who view or edit a namespace.
            Role("ClusterRole", "slipway:view", null, [Rule("slipway.dev", "*", ["get", "list", "watch"]), Rule(LedgerApi.Group, "*", ["get", "list"])], ["view", "edit", "admin"]),
            Role("ClusterRole", "slipway:edit", null, [Rule("slipway.dev", "*", ["*"]), Rule(LedgerApi.Group, "*", ["*"])], ["edit", "admin"]),

            With(Of("v1", "Service", Name, ns), "spec", new JsonObject
            {
                // No selector: its endpoint is the operator that leads, which says so itself.
                ["ports"] = new JsonArray(new JsonObject { ["name"] = OperatorPresence.PortName, ["port"] = 443, ["protocol"] = "TCP", ["targetPort"] = OperatorOptions.DefaultPort }),
            }),
            With(Of("apiregistration.k8s.io/v1", "APIService", OperatorPresence.LedgerService, null), "spec", new JsonObject
            {
                ["group"] = LedgerApi.Group,
                ["version"] = LedgerApi.Version,
                ["groupPriorityMinimum"] = 1000,
                ["versionPriority"] = 100,
                ["service"] = new JsonObject { ["namespace"] = ns, ["name"] = Name, ["port"] = 443 },
            }),
            With(Of(Admission, "ValidatingWebhookConfiguration", Name, null), "webhooks", new JsonArray(Webhook(ns, KindAdmission.Webhook, KindAdmission.Path, "*"))),
            With(Of(Admission, "MutatingWebhookConfiguration", Name, null), "webhooks", new JsonArray(Webhook(ns, KindAdmission.AuthorsWebhook, KindAdmission.AuthorsPath, "flowruns"))),
            .. options.HasDeployment ? [.. Authors(ns), Volume(options), Deployment(options)] : Array.Empty<JsonObject>(),
        ];
    }

    private static IReadOnlyList<JsonNode> Rules =>
    [
        Rule("slipway.dev", "flows,flowbackfills,lineagesinks,artifactstores", ["get", "list", "watch"]),
        Rule("slipway.dev", "flowruns", ["get", "list", "watch", "create", "patch", "delete"]),
        Rule("slipway.dev", "flows/status,flowruns/status,flowbackfills/status,lineagesinks/status,artifactstores/status", ["patch"]),
        Rule("slipway.dev", "flowruns/finalizers", ["update"]),   // pods name their run as owner that waits for them
        Rule("", "pods", ["get", "list", "watch", "create", "patch", "delete"]),
        Rule("", "pods/log", ["get"]),
        Rule("", "persistentvolumeclaims", ["get", "list", "watch", "create", "delete"]),   // volumes of runs
        Rule("", "services", ["create"]),                                                    // names of replicas and services
        Rule("scheduling.k8s.io", "podgroups", ["create"]),
        Rule(",events.k8s.io", "events", ["create", "patch"]),
        Rule("", "serviceaccounts", ["impersonate"]),   // triggers see what the accounts of their namespaces may
        Rule("authentication.k8s.io", "tokenreviews", ["create"]),
        Rule("apiregistration.k8s.io", "apiservices", ["get", "patch"], OperatorPresence.LedgerService),
        Rule("admissionregistration.k8s.io", "mutatingwebhookconfigurations,validatingwebhookconfigurations", ["get", "patch"], Name),
    ];

    // Beside the cluster an operator is a user that nobody knows yet.
    private static IEnumerable<JsonObject> Authors(string ns) =>
    [
        With(Of(Admission, "ValidatingAdmissionPolicy", Name, null), "spec", AuthorsPolicy.Spec($"system:serviceaccount:{ns}:{Name}")),
        With(Of(Admission, "ValidatingAdmissionPolicyBinding", Name, null), "spec", new JsonObject { ["policyName"] = Name, ["validationActions"] = new JsonArray("Deny") }),
    ];

    // While no operator leads, flows are taken unseen: what is wrong with one is told by its run then. The operator that leads puts its authority in.
    private static JsonObject Webhook(string ns, string name, string path, string resources) => new()
    {
        ["name"] = name,
        ["admissionReviewVersions"] = new JsonArray("v1"),
        ["clientConfig"] = new JsonObject { ["service"] = new JsonObject { ["namespace"] = ns, ["name"] = Name, ["path"] = path, ["port"] = 443 } },
        ["failurePolicy"] = "Ignore",
        ["rules"] = new JsonArray(new JsonObject
        {
            ["apiGroups"] = Texts([CustomKindAttribute.Group]),
            ["apiVersions"] = Texts([CustomKindAttribute.Version]),
            ["operations"] = Texts(["CREATE", "UPDATE"]),
            ["resources"] = Texts([resources]),
            ["scope"] = "Namespaced",
        }),
        ["sideEffects"] = "None",
        ["timeoutSeconds"] = 5,
    };

    private static JsonObject Volume(InstallOptions options) => With(Of("v1", "PersistentVolumeClaim", Name, options.Namespace), "spec", Without(new JsonObject
    {
        ["accessModes"] = new JsonArray(options.AccessMode),
        ["storageClassName"] = options.StorageClass,
        ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = options.Storage } },
    }));

    private static JsonObject Deployment(InstallOptions options) => With(Of("apps/v1", "Deployment", Name, options.Namespace), "spec", new JsonObject
    {
        ["replicas"] = options.Replicas,
        ["strategy"] = new JsonObject { ["type"] = "Recreate" },   // a volume of one node cannot be on another meanwhile
        ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app.kubernetes.io/name"] = Name } },
        ["template"] = new JsonObject
        {
            ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app.kubernetes.io/name"] = Name, [Part] = PartName } },
            ["spec"] = new JsonObject
            {
                ["serviceAccountName"] = Name,
                ["securityContext"] = new JsonObject
                {
                    ["runAsNonRoot"] = true,
                    ["runAsUser"] = 65532,
                    ["runAsGroup"] = 65532,
                    ["fsGroup"] = 65532,
                    ["fsGroupChangePolicy"] = "OnRootMismatch",
                    ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
                },
                ["containers"] = new JsonArray(new JsonObject
                {
                    ["name"] = "operator",
                    ["image"] = options.Image,
                    ["imagePullPolicy"] = "IfNotPresent",
                    ["command"] = new JsonArray("slipway", "operator", "--image", options.Image, "--namespace", options.Namespace),
                    ["env"] = new JsonArray(FromField("POD_IP", "status.podIP"), FromField("POD_NAME", "metadata.name")),
                    ["ports"] = new JsonArray(new JsonObject { ["name"] = OperatorPresence.PortName, ["containerPort"] = OperatorOptions.DefaultPort }),
                    ["readinessProbe"] = Probe(2),
                    ["livenessProbe"] = Probe(20),
                    ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["cpu"] = "50m", ["memory"] = "128Mi" } },
                    ["securityContext"] = new JsonObject
                    {
                        ["allowPrivilegeEscalation"] = false,
                        ["readOnlyRootFilesystem"] = true,
                        ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") },
                    },
                    ["volumeMounts"] = new JsonArray(
                        new JsonObject { ["name"] = "data", ["mountPath"] = OperatorCommand.DefaultData },
                        new JsonObject { ["name"] = "tmp", ["mountPath"] = "/tmp" }),
                }),
                ["volumes"] = new JsonArray(
                    new JsonObject { ["name"] = "data", ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = Name } },
                    new JsonObject { ["name"] = "tmp", ["emptyDir"] = new JsonObject() }),
            },
        },
    });

    private static JsonObject Probe(int period) => new()
    {
        ["httpGet"] = new JsonObject { ["path"] = "/healthz", ["port"] = OperatorPresence.PortName, ["scheme"] = "HTTPS" },
        ["periodSeconds"] = period,
    };

    private static JsonObject FromField(string name, string path) =>
        new() { ["name"] = name, ["valueFrom"] = new JsonObject { ["fieldRef"] = new JsonObject { ["fieldPath"] = path } } };

    private static JsonObject Role(string kind, string name, string? ns, IReadOnlyList<JsonNode> rules, params IReadOnlyList<string> aggregatesTo)
    {
        var role = Of($"{Rbac}/v1", kind, name, ns, aggregatesTo.ToDictionary(to => $"{Rbac}/aggregate-to-{to}", _ => "true"));
        return With(role, "rules", new JsonArray([.. rules]));
    }

    private static JsonObject Binding(string kind, string name, string? ns, string roleKind, string role, string accountNamespace)
    {
        var binding = With(Of($"{Rbac}/v1", kind, name, ns), "roleRef", new JsonObject { ["apiGroup"] = Rbac, ["kind"] = roleKind, ["name"] = role });
        return With(binding, "subjects", new JsonArray(new JsonObject { ["kind"] = "ServiceAccount", ["name"] = Name, ["namespace"] = accountNamespace }));
    }

    /// <summary>Groups and resources have commas between them; the core group is empty.</summary>
    private static JsonObject Rule(string groups, string resources, string[] verbs, string? only = null)
    {
        var rule = new JsonObject { ["apiGroups"] = Texts(groups.Split(',')), ["resources"] = Texts(resources.Split(',')), ["verbs"] = Texts(verbs) };
        if (only is not null) rule["resourceNames"] = new JsonArray(only);
        return rule;
    }

    private static JsonObject Of(string apiVersion, string kind, string name, string? ns, Dictionary<string, string>? labels = null)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (ns is not null) metadata["namespace"] = ns;
        metadata["labels"] = new JsonObject((labels ?? []).Prepend(KeyValuePair.Create(Part, PartName)).Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value)));
        return new() { ["apiVersion"] = apiVersion, ["kind"] = kind, ["metadata"] = metadata };
    }

    private static JsonObject With(JsonObject document, string field, JsonNode value)
    {
        document[field] = value;
        return document;
    }

    private static JsonObject Without(JsonObject document)
    {
        foreach (var name in document.Where(field => field.Value is null).Select(field => field.Key).ToList()) document.Remove(name);
        return document;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
