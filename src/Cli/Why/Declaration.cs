using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why;

/// <summary>Where what a pod is was declared: in the pod itself, or in the template of the topmost object that made it.</summary>
/// <param name="Object">The object whose manifest is to be changed.</param>
/// <param name="Spec">Path of the pod's spec in that manifest.</param>
internal sealed record Declaration(JsonObject Object, string Spec)
{
    /// <summary>The object as commands name it, such as <c>deployment/web</c>.</summary>
    public string Name => $"{Object.Kind.ToLowerInvariant()}/{Object.Name}";

    private const int MostOwners = 8;

    // What a pod or a job runs is fixed when it is created.
    private bool IsFixed => Object.Kind is "Pod" or "Job";

    /// <summary>Follows the owners of a pod, or of what makes pods, up.</summary>
    public static Declaration Of(Inquiry inquiry, JsonObject pod)
    {
        var top = pod;
        // References that go round in a circle can be written too.
        for (var depth = 0; depth < MostOwners && Controller(top) is { } reference && inquiry.Find(KindName.Of(reference.Text("apiVersion"), reference.Text("kind")), pod.Namespace, reference.Text("name") ?? "") is { } owner; depth++)
            top = owner;
        return Of(top, pod);
    }

    /// <summary>The declaration in an object that makes pods; of other kinds, the pod's own.</summary>
    public static Declaration Of(JsonObject top, JsonObject pod) => top switch
    {
        _ when top.Object("spec")?.Object("jobTemplate") is not null => new(top, "spec.jobTemplate.spec.template.spec"),
        _ when top.Object("spec")?.Object("template") is not null => new(top, "spec.template.spec"),
        _ => new(pod, "spec"),
    };

    /// <summary>A change of one field of the pod's spec.</summary>
    /// <param name="advice">What to do.</param>
    /// <param name="field">The field's path in the pod's spec.</param>
    /// <param name="value">Its new value.</param>
    /// <param name="command">A command line that does it; left out where the template cannot be changed.</param>
    public Remedy Change(string advice, string field, string? value, string? command = null)
    {
        var anew = IsFixed && !(Object.Kind == "Pod" && CanChange(field));
        return new(anew ? $"{advice}, and create the {Object.Kind.ToLowerInvariant()} anew" : advice)
        {
            Object = Name,
            Path = field.Length == 0 ? Spec : $"{Spec}.{field}",
            Value = value,
            Command = anew ? null : command,
        };
    }

    // The fields of a pod that can be changed (https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement).
    private static bool CanChange(string field) => field.EndsWith(".image", StringComparison.Ordinal) || field is "tolerations" or "activeDeadlineSeconds";

    /// <summary>The path of a container in the pod's spec, such as <c>containers[0]</c>.</summary>
    public static string Container(JsonObject pod, string container)
    {
        foreach (var list in (string[])["containers", "initContainers", "ephemeralContainers"])
            foreach (var (index, item) in (pod.Object("spec")?.Objects(list) ?? []).Index())
                if (item.Text("name") == container)
                    return string.Create(CultureInfo.InvariantCulture, $"{list}[{index}]");
        return "containers[0]";
    }

    /// <summary>The reference to what controls an object; null when nothing does.</summary>
    public static JsonObject? Controller(JsonObject item) => item.OwnerReferences?.OfType<JsonObject>().FirstOrDefault(owner => owner.Boolean("controller") == true);
}
