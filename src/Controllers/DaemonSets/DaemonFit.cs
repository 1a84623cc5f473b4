using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Nodes;

namespace Slipway.Controllers;

/// <summary>On which nodes pods of a template belong: by name, selector, required affinity and taints.</summary>
internal sealed class DaemonFit
{
    private readonly string? _nodeName;
    private readonly Dictionary<string, string> _selector;
    private readonly NodeSelector? _required;
    private readonly List<Toleration> _tolerations;

    /// <summary>Reads what the template asks for.</summary>
    public DaemonFit(JsonObject? template)
    {
        var spec = template?["spec"] as JsonObject ?? [];
        _nodeName = (string?)spec["nodeName"] is { Length: > 0 } name ? name : null;
        _selector = (spec["nodeSelector"] as JsonObject ?? []).ToDictionary(wanted => wanted.Key, wanted => (string?)wanted.Value ?? "", StringComparer.Ordinal);
        _required = spec["affinity"]?["nodeAffinity"]?["requiredDuringSchedulingIgnoredDuringExecution"].Deserialize(Kinds.Set.Type<NodeSelector>());
        _tolerations = [.. (spec["tolerations"] as JsonArray ?? []).Select(item => item.Deserialize(Kinds.Set.Type<Toleration>())!),
            .. DaemonPod.TolerancesOf(spec).Select(own => new Toleration { Key = own.Key, Operator = "Exists", Effect = own.Effect })];
    }

    /// <summary>Whether a pod is to run on a node, and whether one that runs there may stay.</summary>
    public (bool ShouldRun, bool MayStay) On(NodeView node)
    {
        var labels = node.Metadata.Labels?.AsReadOnly() ?? ReadOnlyDictionary<string, string>.Empty;
        if ((_nodeName is not null && _nodeName != node.Name) || !NodeSelector.HasAll(_selector, labels) || _required?.Selects(node.Name, labels) == false)
            return (false, false);
        var keepsAway = node.Taints.Where(taint => taint.Forbids && !taint.IsTolerated(_tolerations)).ToList();
        return (keepsAway.Count == 0, !keepsAway.Exists(taint => taint.Effect == "NoExecute"));
    }
}
