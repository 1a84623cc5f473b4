namespace Slipway.Scheduler;

/// <summary>
/// The nodes as a decision finds them, with what is indexed over them. A decision reads it alone and is a pure function of it;
/// one that tries something (<see cref="Place(int, PodDemand)"/>, <see cref="Take(int, PodDemand)"/>) puts it back before it returns.
/// </summary>
internal sealed class Snapshot
{
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);
    // Nodes that have come since they were last sorted: those that come one after the other are sorted once.
    private readonly Dictionary<string, NodeInfo> _added = new(StringComparer.Ordinal);
    private readonly PodIndex _index;
    private Dictionary<string, int>? _nodesByImage;
    private NodeInfo[] _nodes = [];

    public Snapshot(NamespaceLabels namespaces) => (Namespaces, _index) = (namespaces, new(namespaces));

    /// <summary>The labels of namespaces.</summary>
    public NamespaceLabels Namespaces { get; }

    /// <summary>What is known about all pods on nodes.</summary>
    public PodIndex Index
    {
        get
        {
            Sort();
            return _index;
        }
    }

    /// <summary>All nodes, sorted by name.</summary>
    public ReadOnlySpan<NodeInfo> Nodes
    {
        get
        {
            Sort();
            return _nodes;
        }
    }

    /// <summary>A snapshot of some nodes.</summary>
    public static Snapshot Of(IEnumerable<NodeInfo> nodes, NamespaceLabels namespaces)
    {
        var snapshot = new Snapshot(namespaces);
        foreach (var node in nodes)
            snapshot.Set(node);
        snapshot.Sort();
        return snapshot;
    }

    /// <summary>One node; null when it is not known.</summary>
    public NodeInfo? Find(string name) => _added.TryGetValue(name, out var added) ? added : _indexes.TryGetValue(name, out var index) ? _nodes[index] : null;

    /// <summary>The place of a node among all; -1 when it is not known.</summary>
    public int IndexOf(string name)
    {
        Sort();
        return _indexes.GetValueOrDefault(name, -1);
    }

    /// <summary>Adds a node, or replaces it by one that offers something else or has other pods.</summary>
    public void Set(NodeInfo node)
    {
        _nodesByImage = null;
        if (!_indexes.TryGetValue(node.Name, out var index))
        {
            _added[node.Name] = node;
            return;
        }
        _nodes[index] = node;
        _index.Restart(Sorted());
    }

    /// <summary>Replaces a node by one that differs in its images alone.</summary>
    public void SetImages(string name, IReadOnlyDictionary<string, long> images)
    {
        var index = IndexOf(name);
        if (images.Count > 0 || _nodes[index].Images.Count > 0)
            _nodesByImage = null;
        _nodes[index] = _nodes[index] with { Images = images };
    }

    /// <summary>Forgets a node.</summary>
    public void Remove(string name)
    {
        Sort();
        _nodes = [.. _nodes.Where(node => node.Name != name)];
        Number();
        _index.Restart(_nodes);
        _nodesByImage = null;
    }

    /// <summary>Puts a pod on a node.</summary>
    public void Place(int node, PodDemand pod)
    {
        _nodes[node] = _nodes[node].Plus(pod);
        _index.Change(_nodes[node], pod, 1);
    }

    /// <summary>Takes a pod from a node.</summary>
    public void Take(int node, PodDemand pod)
    {
        _nodes[node] = _nodes[node].Minus(pod);
        _index.Change(_nodes[node], pod, -1);
    }

    /// <summary>Puts a pod on a node, if that is known.</summary>
    public void Place(string node, PodDemand pod)
    {
        if (_added.TryGetValue(node, out var added))
            _added[node] = added.Plus(pod);
        else if (_indexes.TryGetValue(node, out var index))
            Place(index, pod);
    }

    /// <summary>Takes a pod from a node, if that is known.</summary>
    public void Take(string node, PodDemand pod)
    {
        if (_added.TryGetValue(node, out var added))
            _added[node] = added.Minus(pod);
        else if (_indexes.TryGetValue(node, out var index))
            Take(index, pod);
    }

    /// <summary>How many nodes have an image.</summary>
    public int NodesWith(string image)
    {
        if (_nodesByImage is null)
        {
            _nodesByImage = new(StringComparer.Ordinal);
            foreach (var node in Nodes)
                foreach (var name in node.Images.Keys)
                    _nodesByImage[name] = _nodesByImage.GetValueOrDefault(name) + 1;
        }
        return _nodesByImage.GetValueOrDefault(image);
    }

    private NodeInfo[] Sorted()
    {
        Sort();
        return _nodes;
    }

    private void Sort()
    {
        if (_added.Count == 0)
            return;
        _nodes = [.. _nodes, .. _added.Values];
        Array.Sort(_nodes, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        Number();
        foreach (var node in _added.Values)
            _index.Include(node);
        _added.Clear();
    }

    private void Number()
    {
        _indexes.Clear();
        for (var i = 0; i < _nodes.Length; i++)
            _indexes[_nodes[i].Name] = i;
    }
}
