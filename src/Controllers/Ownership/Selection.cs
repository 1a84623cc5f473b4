using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>Label selectors on typed objects (<see href="https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors"/>).</summary>
internal static class Selection
{
    private static readonly IDictionary<string, string> NoLabels = new Dictionary<string, string>();

    /// <summary>Whether the selector selects the object. No selector selects nothing, an empty one everything.</summary>
    public static bool Selects(this V1LabelSelector? selector, IKubernetesObject<V1ObjectMeta> item)
    {
        if (selector is null)
            return false;
        var labels = item.Metadata.Labels ?? NoLabels;
        foreach (var (key, wanted) in selector.MatchLabels ?? NoLabels)
            if (!labels.TryGetValue(key, out var value) || value != wanted)
                return false;
        foreach (var requirement in selector.MatchExpressions ?? [])
            if (!Meets(requirement, labels))
                return false;
        return true;
    }

    private static bool Meets(V1LabelSelectorRequirement requirement, IDictionary<string, string> labels)
    {
        var has = labels.TryGetValue(requirement.Key, out var value);
        return requirement.OperatorProperty switch
        {
            "In" => has && requirement.Values?.Contains(value!) == true,
            "NotIn" => !has || requirement.Values?.Contains(value!) != true,
            "Exists" => has,
            "DoesNotExist" => !has,
            _ => false,
        };
    }
}
