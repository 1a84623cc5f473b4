using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Pods;

/// <summary>The pod template of a workload.</summary>
internal static class PodTemplateRules
{
    /// <summary>Defaults that a template shows; others come in when pods are made from it.</summary>
    public static void Default(JsonObject template) => PodDefaults.ApplyToSpec(template.ObjectOrNew("spec"));
}
