using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.PodSecurity;

/// <summary>Where the kinds that make pods keep the template of them.</summary>
internal static class PodTemplates
{
    /// <summary>Whether objects of a resource hold a template.</summary>
    public static bool Has(ResourceType type) => (type.Group, type.Plural) is
        ("", "replicationcontrollers" or "podtemplates")
        or ("apps", "deployments" or "replicasets" or "statefulsets" or "daemonsets")
        or ("batch", "jobs" or "cronjobs");

    /// <summary>The template of an object as a pod; null when it has none.</summary>
    public static PodView? Of(ResourceType type, JsonObject document)
    {
        var template = type.Plural switch
        {
            "podtemplates" => document.Object("template"),
            "cronjobs" => document.Object("spec")?.Object("jobTemplate")?.Object("spec")?.Object("template"),
            _ => document.Object("spec")?.Object("template"),
        };
        return template?.Object("spec") is { } spec ? new(template.Object("metadata")?.Object("annotations"), spec) : null;
    }
}
