using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Audit;

/// <summary>How much of a request is recorded.</summary>
public enum AuditLevel
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Who, what, when and the answer's code.</summary>
    Metadata,

    /// <summary>The body of the request as well.</summary>
    Request,

    /// <summary>The body of the answer as well.</summary>
    RequestResponse,
}

/// <summary>When in the life of a request an event is recorded.</summary>
[Flags]
public enum AuditStages
{
    /// <summary>At no time.</summary>
    None = 0,

    /// <summary>Before anything is done.</summary>
    RequestReceived = 1,

    /// <summary>When the answer of a watch or another long request begins.</summary>
    ResponseStarted = 2,

    /// <summary>When the answer is complete.</summary>
    ResponseComplete = 4,

    /// <summary>When the server failed.</summary>
    Panic = 8,
}

/// <summary>What of a request the rules of a policy look at.</summary>
/// <param name="User">Who asks, before impersonation.</param>
/// <param name="Verb">Verb of the API, or the method in lower case for what is no resource.</param>
/// <param name="NonResourcePath">The path, for what is no resource; otherwise null.</param>
/// <param name="Group">API group.</param>
/// <param name="Resource">Plural name, with a slash and the subresource if there is one.</param>
/// <param name="Namespace">The namespace; empty for cluster-scoped objects.</param>
/// <param name="Name">Name of the object; empty for collections.</param>
public readonly record struct AuditedRequest(UserInfo User, string Verb, string? NonResourcePath, string Group, string Resource, string Namespace, string Name);

/// <summary>What the policy says of a request.</summary>
/// <param name="Level">How much is recorded.</param>
/// <param name="Omitted">Stages at which nothing is recorded.</param>
/// <param name="OmitManagedFields">Whether bodies are recorded without <c>managedFields</c>.</param>
public readonly record struct AuditDecision(AuditLevel Level, AuditStages Omitted, bool OmitManagedFields);

/// <summary>
/// A policy of <c>audit.k8s.io/v1</c> (<see href="https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/#audit-k8s-io-v1-Policy"/>):
/// the first rule that matches a request decides; what no rule matches is not recorded.
/// </summary>
public sealed class AuditPolicy
{
    private const string DefaultText = """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived, ResponseStarted]
        rules:
          # What happens all the time and says nothing.
          - level: None
            resources:
              - { group: "", resources: [events] }
              - { group: events.k8s.io, resources: [events] }
              - { group: coordination.k8s.io, resources: [leases] }
          - level: None
            users: ["system:kube-scheduler", "system:kube-controller-manager", "system:apiserver", "system:serviceaccount:slipway-system:flows", "system:serviceaccount:slipway-system:network", "system:serviceaccount:slipway-system:local-path"]
          - level: None
            userGroups: ["system:nodes"]
          # Who has read or written what must be kept from others; their contents are never recorded.
          - level: Metadata
            resources:
              - { group: "", resources: [secrets, "serviceaccounts/token"] }
              - { group: authentication.k8s.io, resources: [tokenreviews] }
          - level: Metadata
            verbs: [create, update, patch, delete, deletecollection]
        """;

    private readonly IReadOnlyList<AuditRule> _rules;
    private readonly AuditStages _omitted;
    private readonly bool _omitManagedFields;

    private AuditPolicy(IReadOnlyList<AuditRule> rules, AuditStages omitted, bool omitManagedFields) =>
        (_rules, _omitted, _omitManagedFields) = (rules, omitted, omitManagedFields);

    /// <summary>Records who changed what, and who read secrets, but not what the cluster's own parts do all the time.</summary>
    public static AuditPolicy Default { get; } = Parse(DocumentReader.ParseYaml(DefaultText)[0]);

    /// <summary>Reads a policy.</summary>
    /// <exception cref="ApiException">400 or 422: it is none; the message names the field.</exception>
    public static AuditPolicy Parse(JsonObject document) => AuditPolicyReader.Read<AuditPolicy>(document, (rules, omitted, omitManagedFields) => new(rules, omitted, omitManagedFields));

    /// <summary>What is recorded of a request.</summary>
    public AuditDecision Decide(in AuditedRequest request)
    {
        foreach (var rule in _rules)
            if (rule.Matches(request)) return new(rule.Level, _omitted | rule.Omitted, rule.OmitManagedFields ?? _omitManagedFields);
        return new(AuditLevel.None, _omitted, _omitManagedFields);
    }
}
