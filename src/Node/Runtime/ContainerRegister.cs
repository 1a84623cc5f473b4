using System.Collections.Concurrent;
using Slipway.Node.Pods;

namespace Slipway.Node.Runtime;

/// <summary>Which worker an event of a container belongs to.</summary>
internal sealed class ContainerRegister
{
    private readonly ConcurrentDictionary<string, (PodWorker Worker, string Container)> _containers = new();

    public void Add(string id, PodWorker worker, string container) => _containers[id] = (worker, container);

    public bool TryFind(string id, out PodWorker worker, out string container)
    {
        var found = _containers.TryGetValue(id, out var entry);
        (worker, container) = entry;
        return found;
    }

    public IReadOnlyCollection<string> Ids => [.. _containers.Keys];

    public void Remove(PodWorker worker)
    {
        foreach (var (id, entry) in _containers)
            if (ReferenceEquals(entry.Worker, worker))
                _containers.TryRemove(id, out _);
    }
}
