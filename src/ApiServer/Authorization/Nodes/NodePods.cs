using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.Authorization.Nodes;

/// <summary>
/// The pods of each node, kept in step with the cache of pods. What a pod refers to is read when its node first asks, since
/// most changes of most pods are followed by no such question.
/// </summary>
internal sealed class NodePods : ICacheObserver
{
    private const string NodeName = "spec.nodeName";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<string, Entry>> _nodes = new(StringComparer.Ordinal);

    /// <summary>Whether the pod of a namespace and name runs on a node.</summary>
    public bool Has(string node, string ns, string name) => Any(node, ns, (pod, _) => pod.Name.SequenceEqual(name));

    /// <summary>Whether a pod of the node in a namespace has references as described.</summary>
    public bool AnyRefers(string node, string ns, Func<PodReferences, bool> matches) => Any(node, ns, (_, references) => matches(references()));

    /// <summary>The claims of storage of the node's pods, as namespace and name.</summary>
    public IReadOnlyList<(string Namespace, string Name)> VolumeClaims(string node)
    {
        var claims = new List<(string, string)>();
        foreach (var entry in EntriesOf(node))
            foreach (var claim in entry.References.VolumeClaims) claims.Add((entry.Pod.Namespace.ToString(), claim));
        return claims;
    }

    public void Reset(IReadOnlyList<CachedObject> objects)
    {
        lock (_gate)
        {
            _nodes.Clear();
            foreach (var pod in objects) Put(pod);
        }
    }

    public void Apply(in CacheEvent change)
    {
        lock (_gate)
        {
            var (former, current) = (change.Previous?.Field(NodeName) ?? "", change.Current?.Field(NodeName) ?? "");
            if (former.Length > 0 && former != current && _nodes.TryGetValue(former, out var pods))
            {
                pods.Remove(change.Previous!.Key);
                if (pods.Count == 0) _nodes.Remove(former);
            }
            if (current.Length > 0) Put(change.Current!);
        }
    }

    private bool Any(string node, string ns, Func<CachedObject, Func<PodReferences>, bool> matches)
    {
        foreach (var entry in EntriesOf(node))
            if (entry.Pod.Namespace.SequenceEqual(ns) && matches(entry.Pod, () => entry.References)) return true;
        return false;
    }

    private Entry[] EntriesOf(string node)
    {
        lock (_gate) return _nodes.TryGetValue(node, out var pods) ? [.. pods.Values] : [];
    }

    private void Put(CachedObject pod)
    {
        var node = pod.Field(NodeName);
        if (node.Length == 0) return;
        if (!_nodes.TryGetValue(node, out var pods)) _nodes[node] = pods = new(StringComparer.Ordinal);
        pods[pod.Key] = new Entry(pod);
    }

    private sealed class Entry(CachedObject pod)
    {
        public CachedObject Pod => pod;

        public PodReferences References => field ??= PodReferences.Of((JsonObject)JsonNode.Parse(pod.Bytes.Json.Span, documentOptions: Nesting.Document)!);
    }
}
