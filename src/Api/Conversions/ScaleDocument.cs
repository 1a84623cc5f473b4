using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;

namespace Slipway.Api.Conversions;

/// <summary>
/// The <c>scale</c> of an object
/// (<see href="https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/"/>): how many replicas it asks
/// for and has, whatever its kind.
/// </summary>
public static class ScaleDocument
{
    /// <summary>Name of the schema.</summary>
    public const string Definition = "io.k8s.api.autoscaling.v1.Scale";

    private static readonly string[] KeptMetadata = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"];

    /// <summary>The scale of an object.</summary>
    /// <exception cref="ApiException">404: the object does not say how many replicas it asks for.</exception>
    public static JsonObject Of(JsonObject parent, ScalePaths paths) => parent.At(paths.Desired).AsInteger() is null
        ? throw new ApiException(404, "NotFound", $"the spec replicas field \".{paths.Desired}\" does not exist")
        : BeforeChange(parent, paths);

    /// <summary>The scale of an object that is about to be scaled, and need not say yet how many replicas it asks for.</summary>
    public static JsonObject BeforeChange(JsonObject parent, ScalePaths paths)
    {
        var desired = parent.At(paths.Desired).AsInteger() ?? 0;
        var metadata = new JsonObject();
        foreach (var name in KeptMetadata)
            if (parent.Metadata[name] is { } value) metadata[name] = value.DeepClone();
        var spec = new JsonObject();
        if (desired != 0) spec["replicas"] = desired;
        var status = new JsonObject { ["replicas"] = parent.At(paths.Current).AsInteger() ?? 0 };
        if (paths.Selector is not null && SelectorText(parent.At(paths.Selector)) is { Length: > 0 } selector) status["selector"] = selector;
        return new() { ["kind"] = "Scale", ["apiVersion"] = "autoscaling/v1", ["metadata"] = metadata, ["spec"] = spec, ["status"] = status };
    }

    /// <summary>Puts the replicas that a scale asks for into its object, and what it demands of it.</summary>
    /// <exception cref="ApiException">400: neither the scale nor the object says how many replicas are asked for. 422: the scale is not valid.</exception>
    public static JsonObject Apply(JsonObject parent, JsonObject scale, ScalePaths paths)
    {
        if (scale.Object("spec")?["replicas"] is null && parent.At(paths.Desired) is null)
            throw ApiException.BadRequest($"the spec replicas field \".{paths.Desired}\" cannot be empty");
        var desired = scale.Object("spec")?.Integer("replicas") ?? 0;
        if (desired < 0)
        {
            throw ApiException.Invalid("autoscaling", "Scale", parent.Name,
                [StatusCause.Invalid("spec.replicas", $"{desired}", "must be greater than or equal to 0")]);
        }
        var steps = paths.Desired.Split('.');
        var holder = steps[..^1].Aggregate(parent, (node, step) => node.ObjectOrNew(step));
        holder[steps[^1]] = desired;
        parent.ResourceVersion = scale.ResourceVersion;
        if (scale.Uid.Length > 0) parent.Uid = scale.Uid;
        return parent;
    }

    private static string? SelectorText(JsonNode? node) => node switch
    {
        JsonObject selector when selector.ContainsKey("matchLabels") || selector.ContainsKey("matchExpressions") => LabelSelectorText.Of(selector),
        JsonObject labels => LabelSelectorText.Of(new JsonObject { ["matchLabels"] = labels.DeepClone() }),
        _ => node.AsText(),
    };
}
