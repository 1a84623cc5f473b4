using System.Globalization;
using k8s.Models;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>
/// The pods of one attempt of a task with replicas: they are scheduled all or none, know each other by name, and are one attempt. All names derive from the
/// attempt, so that peers of an earlier one are never taken for those of a later.
/// </summary>
/// <param name="Name">Name of its PodGroup.</param>
/// <param name="Service">Name of the headless Service in which its pods have their names; one for all gangs of a run.</param>
/// <param name="Host">What the host names of its pods begin with.</param>
/// <param name="Count">How many pods there are.</param>
internal sealed record Gang(string Name, string Service, string Host, int Count)
{
    /// <summary>The gang of an attempt.</summary>
    public static Gang Of(RunView view, TaskPath path, int attempt, int count) => new(
        FlowNames.Pod(view.Name, view.Uid, path, attempt), FlowNames.Peers(view.Uid), FlowNames.Host(view.Uid, path, attempt), count);

    /// <summary>Host name of a replica.</summary>
    public string HostOf(int replica) => string.Create(CultureInfo.InvariantCulture, $"{Host}-{replica}");

    /// <summary>Names of all replicas, in their order, as the cluster's DNS has them for pods of the namespace.</summary>
    public IEnumerable<string> Peers => Enumerable.Range(0, Count).Select(i => $"{HostOf(i)}.{Service}");

    /// <summary>What expressions see in a replica beside the variables of its item.</summary>
    public IReadOnlyDictionary<string, CelValue> Scope(IReadOnlyDictionary<string, CelValue> item, int replica) => With(item, replica, Peers);

    /// <summary>The same without names that differ from attempt to attempt, for what a result depends on.</summary>
    public IReadOnlyDictionary<string, CelValue> LastingScope(IReadOnlyDictionary<string, CelValue> item, int replica) =>
        With(item, replica, Enumerable.Range(0, Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"peer-{i}")));

    private Dictionary<string, CelValue> With(IReadOnlyDictionary<string, CelValue> item, int replica, IEnumerable<string> peers) => new(item)
    {
        ["replica"] = new CelMap(
        [
            KeyValuePair.Create<string, CelValue>("index", new CelInt(replica)),
            KeyValuePair.Create<string, CelValue>("count", new CelInt(Count)),
            KeyValuePair.Create<string, CelValue>("peers", new CelList([.. peers.Select(p => (CelValue)new CelString(p))])),
        ]),
    };

    /// <summary>The group that the scheduler places all or none of.</summary>
    public V1beta1PodGroup Group(RunView view) => new()
    {
        ApiVersion = "scheduling.k8s.io/v1beta1",
        Kind = "PodGroup",
        Metadata = RunDns.Metadata(view, Name),
        Spec = new V1beta1PodGroupSpec { SchedulingPolicy = new V1beta1PodGroupSchedulingPolicy { Gang = new V1beta1GangSchedulingPolicy { MinCount = Count } } },
    };
}
