using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Controllers;

/// <summary>On which nodes pods of a template belong: by name, selector, required affinity and taints.</summary>
internal sealed class DaemonFit
{
    private readonly string? _nodeName;
    private readonly JsonObject _selector;
    private readonly List<NodeTermView>? _terms;
    private readonly List<TolerationView> _tolerations;

    /// <summary>Reads what the template asks for.</summary>
    public DaemonFit(JsonObject? template)
    {
        var spec = template?["spec"] as JsonObject ?? [];
        _nodeName = (string?)spec["nodeName"] is { Length: > 0 } name ? name : null;
        _selector = spec["nodeSelector"] as JsonObject ?? [];
        if (spec["affinity"]?["nodeAffinity"]?["requiredDuringSchedulingIgnoredDuringExecution"] is JsonObject required)
            _terms = required.Deserialize(Kinds.Set.Type<NodeSelectorView>())!.NodeSelectorTerms ?? [];
        _tolerations = [.. (spec["tolerations"] as JsonArray ?? []).Select(item => item.Deserialize(Kinds.Set.Type<TolerationView>())!),
            .. DaemonPod.TolerancesOf(spec).Select(own => new TolerationView { Key = own.Key, Operator = "Exists", Effect = own.Effect })];
    }

    /// <summary>Whether a pod is to run on a node, and whether one that runs there may stay.</summary>
    public (bool ShouldRun, bool MayStay) On(NodeView node)
    {
        if ((_nodeName is not null && _nodeName != node.Name) || !MeetsSelector(node) || !MeetsAffinity(node))
            return (false, false);
        var (run, stay) = (true, true);
        foreach (var taint in node.Taints)
        {
            if (taint.Effect is not ("NoSchedule" or "NoExecute") || _tolerations.Exists(toleration => toleration.Tolerates(taint)))
                continue;
            run = false;
            stay &= taint.Effect != "NoExecute";
        }
        return (run, stay);
    }

    private bool MeetsSelector(NodeView node) => _selector.All(wanted => LabelOf(node, wanted.Key) is { } value && value == (string?)wanted.Value);

    // Terms are alternatives; an empty one matches nothing.
    private bool MeetsAffinity(NodeView node) => _terms is null || _terms.Exists(term => term is not { MatchExpressions: null or [], MatchFields: null or [] }
        && (term.MatchExpressions ?? []).TrueForAll(requirement => Meets(requirement, LabelOf(node, requirement.Key)))
        && (term.MatchFields ?? []).TrueForAll(requirement => Meets(requirement, requirement.Key == "metadata.name" ? node.Name : null)));

    private static bool Meets(NodeRequirementView requirement, string? value) => requirement.Operator switch
    {
        "In" => value is not null && requirement.Values?.Contains(value) == true,
        "NotIn" => value is null || requirement.Values?.Contains(value) != true,
        "Exists" => value is not null,
        "DoesNotExist" => value is null,
        "Gt" => long.TryParse(value, out var number) && long.TryParse(requirement.Values?.FirstOrDefault(), out var bound) && number > bound,
        "Lt" => long.TryParse(value, out var number) && long.TryParse(requirement.Values?.FirstOrDefault(), out var bound) && number < bound,
        _ => false,
    };

    private static string? LabelOf(NodeView node, string key) => node.Metadata.Labels is { } labels && labels.TryGetValue(key, out var value) ? value : null;
}
