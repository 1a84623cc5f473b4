using System.Collections.Frozen;
using Slipway.Api.Kinds;
using Slipway.Api.Rules.Definitions;
using Slipway.Api.Rules.Jobs;
using Slipway.Api.Rules.Pods;

namespace Slipway.Api.Rules;

/// <summary>The rules of the kinds that have rules of their own.</summary>
internal static class KindRulesTable
{
    private static readonly FrozenDictionary<(string Group, string Kind), KindRules> Own = new Dictionary<(string, string), KindRules>
    {
        [("", "ConfigMap")] = new ConfigMapRules(),
        [("", "Event")] = new EventRules("involvedObject"),
        [("", "Namespace")] = new NamespaceRules(),
        [("", "Node")] = new NodeRules(),
        [("", "Pod")] = new PodRules(),
        [("", "Secret")] = new SecretRules(),
        [("apiextensions.k8s.io", "CustomResourceDefinition")] = new DefinitionRules(),
        [("batch", "Job")] = new JobRules(),
        [("coordination.k8s.io", "Lease")] = new LeaseRules(),
        [("events.k8s.io", "Event")] = new EventRules("regarding"),
    }.ToFrozenDictionary();

    /// <summary>The rules of a kind; null if it has none of its own.</summary>
    public static KindRules? Find(string group, string version, string kind) => Own.GetValueOrDefault((group, kind));

    public static KindRules Custom(string group, string kind, bool namespaced, bool hasStatus) => (group, kind) switch
    {
        (CustomKindAttribute.Group, nameof(Flow)) => new CustomResourceRules(namespaced, hasStatus, FlowRules.Validate),
        (CustomKindAttribute.Group, nameof(FlowRun)) => new CustomResourceRules(namespaced, hasStatus, FlowRunRules.Validate, FlowRunRules.ValidateUpdate),
        _ => new CustomResourceRules(namespaced, hasStatus),
    };
}
