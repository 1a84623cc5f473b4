using System.Collections.Concurrent;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>What is known of tainted devices, and of the pods that use devices.</summary>
internal sealed class DeviceTaintSources
{
    private readonly Lock _lock = new();
    private readonly InformerIndex<PodView> _users;
    private (long Version, DeviceTaints Taints)? _known;
    private long _version;

    /// <summary>Joins informers that do not run yet.</summary>
    public DeviceTaintSources(ControllerHost host)
    {
        (Pods, Claims, Slices, Rules) = (host.Informer(Kinds.Pods), host.Informer(Kinds.DeviceClaims), host.Informer(Kinds.DeviceSlices), host.Informer(Kinds.DeviceTaintRules));
        _users = Pods.AddIndex(static pod => pod is { Spec.ResourceClaims: not null, NodeName: not null } ? [""] : []);
        Slices.OnChange(_ => Interlocked.Increment(ref _version));
        Rules.OnChange(change =>
        {
            Interlocked.Increment(ref _version);
            if (change.New is null)
                Ended.TryRemove(change.Latest.Metadata.Uid, out _);
        });
    }

    public Informer<PodView> Pods { get; }
    public Informer<DeviceClaimView> Claims { get; }
    public Informer<DeviceSliceView> Slices { get; }
    public Informer<DeviceTaintRuleView> Rules { get; }

    /// <summary>How often pods were ended for a rule, by its UID, since this process runs.</summary>
    public ConcurrentDictionary<string, int> Ended { get; } = new(StringComparer.Ordinal);

    /// <summary>Pods that have a node and use devices.</summary>
    public IEnumerable<PodView> Users => _users.Find("");

    /// <summary>The taints as they are.</summary>
    public DeviceTaints Taints
    {
        get
        {
            lock (_lock)
            {
                var version = Interlocked.Read(ref _version);
                if (_known is not { } known || known.Version != version)
                    _known = known = (version, new(Slices.List(), Rules.List()));
                return known.Taints;
            }
        }
    }

    /// <summary>When a pod has to go by some taints; null when it may stay.</summary>
    public DeviceEviction? EvictionOf(PodView pod, DeviceTaints taints) => taints.EvictionOf(pod, name => Claims.Get(new(pod.Metadata.NamespaceProperty ?? "", name)));
}
