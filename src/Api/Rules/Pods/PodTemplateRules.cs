using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The pod template of a workload.</summary>
internal static class PodTemplateRules
{
    /// <summary>Defaults that a template shows; others come in when pods are made from it.</summary>
    public static void Default(JsonObject template) => PodDefaults.ApplyToSpec(template.ObjectOrNew("spec"));

    /// <summary>Adds what is wrong with a template.</summary>
    public static void Validate(JsonObject template, string path, List<StatusCause> causes)
    {
        var spec = template.Object("spec") ?? [];
        MetadataRules.ValidateLabels(template.Labels, $"{path}.labels", causes);
        MetadataRules.ValidateAnnotations(template.Annotations, $"{path}.annotations", causes);
        PodAnnotationRules.Validate(template.Annotations, spec, $"{path}.annotations", causes);
        PodSpecRules.Validate(spec, $"{path}.spec", causes);
        if (spec.Array("ephemeralContainers") is { Count: > 0 }) causes.Add(StatusCause.Forbidden($"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template"));
    }

    /// <summary>Adds what is wrong with the template of a workload whose pods run on, and are found by a selector.</summary>
    /// <param name="template">The template.</param>
    /// <param name="kind">The workload's kind, as messages name it.</param>
    /// <param name="path">Path of the template.</param>
    /// <param name="causes">Where findings go.</param>
    public static void ValidateForService(JsonObject template, string kind, string path, List<StatusCause> causes)
    {
        Validate(template, path, causes);
        var spec = template.Object("spec") ?? [];
        if (spec.Text("restartPolicy") is { } policy and not "Always") causes.Add(StatusCause.NotSupported($"{path}.spec.restartPolicy", Quote(policy), ["Always"]));
        if (spec["activeDeadlineSeconds"] is not null) causes.Add(StatusCause.Forbidden($"{path}.spec.activeDeadlineSeconds", $"activeDeadlineSeconds in {kind} is not Supported"));
    }
}
