using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Network;

/// <summary>
/// Programs services, and ports of the node that pods take, into the cluster's table: what connects to a service, from pods, from
/// this machine and from outside, ends at one of its endpoints. What is there when it starts is replaced in one step; afterwards
/// only what has changed is.
/// </summary>
internal sealed class ServiceProxy(
    Informer<ServiceView> services, Informer<SliceView> slices, InformerIndex<SliceView> slicesByService, Informer<HostPortPod> pods,
    ClusterNetwork network, ProxyFacts facts, INftables nft, IConnectionTable connections, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan Inspection = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly Channel<(bool IsPod, ObjectKey Key)> _changes = Channel.CreateUnbounded<(bool, ObjectKey)>(new() { SingleReader = true });
    private readonly ProxyTable _table = new(network);
    private readonly TaskCompletionSource _policiesKnown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NftRules _policies = new();
    private bool _isCurrent;

    /// <summary>Takes the rules of all policies, at first and whenever they change.</summary>
    public void SetPolicies(NftRules rules)
    {
        Volatile.Write(ref _policies, rules);
        _policiesKnown.TrySetResult();
        _changes.Writer.TryWrite((false, new("", "")));   // the key of no service
    }

    /// <summary>Adds the proxy to a host.</summary>
    public static ServiceProxy Register(ControllerHost host, InformerIndex<SliceView> index, ClusterNetwork network, ProxyFacts facts, INftables nft, IConnectionTable connections)
    {
        var (services, slices) = (host.Informer(NetworkKinds.Services), host.Informer(NetworkKinds.Slices));
        var pods = host.Informer(NetworkKinds.HostPortPods, new() { FieldSelector = $"spec.nodeName={facts.Node}" });
        var proxy = new ServiceProxy(services, slices, index, pods, network, facts, nft, connections, host.Clock, host.Logs.CreateLogger<ServiceProxy>());
        services.OnChange(change => proxy._changes.Writer.TryWrite((false, change.Key)));
        pods.OnChange(change => proxy._changes.Writer.TryWrite((true, change.Key)));
        slices.OnChange(change =>
        {
            foreach (var name in new[] { change.New?.ServiceName, change.Old?.ServiceName }.OfType<string>().Distinct())
                proxy._changes.Writer.TryWrite((false, new(change.Key.Namespace, name)));
        });
        host.AddLoop(proxy.RunAsync);
        return proxy;
    }

    /// <summary>Programs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            // Without policies the table would let through for a moment what they forbid.
            await Task.WhenAll(services.Synced, slices.Synced, pods.Synced, _policiesKnown.Task).WaitAsync(cancellation);
            foreach (var service in services.List()) Note(isPod: false, services.Resource.KeyOf(service));
            foreach (var pod in pods.List()) Note(isPod: true, pods.Resource.KeyOf(pod));
            while (true)
            {
                try
                {
                    await ProgramAsync(cancellation);
                    await WaitAsync(cancellation);
                }
                catch (ExternalProgramException e)
                {
                    log.LogWarning("Services were not programmed and are tried again as a whole: {Reason}", e.Message);
                    _isCurrent = false;
                    await Task.Delay(Retry, clock, cancellation);
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // What is programmed stays until the next start.
        }
    }

    private IEnumerable<Frontend> Note(bool isPod, ObjectKey key) => isPod
        ? _table.Want("pod", key, pods.Get(key) is { } pod ? HostPorts.Of(pod) : [])
        : _table.Want("service", key, services.Get(key) is { Metadata.DeletionTimestamp: null } service ? ServiceFrontends.Of(service, slicesByService.Find($"{key}"), facts) : []);

    private async Task ProgramAsync(CancellationToken cancellation)
    {
        var frontends = new HashSet<Frontend>();
        var changes = new HashSet<(bool IsPod, ObjectKey Key)>();
        while (_changes.Reader.TryRead(out var change)) changes.Add(change);
        _table.Want(Volatile.Read(ref _policies));
        foreach (var (isPod, key) in changes) frontends.UnionWith(Note(isPod, key));
        if (!_isCurrent)
        {
            await nft.ApplyAsync(_table.Everything(), cancellation);
            _isCurrent = true;
            return;
        }
        var commands = _table.Changes(frontends, out var changed);
        if (commands.Length == 0) return;
        await nft.ApplyAsync(commands, cancellation);
        var stale = StaleFlows.Of(changed);
        if (stale.Count > 0) await connections.ForgetAsync(stale, cancellation);
    }

    private async Task WaitAsync(CancellationToken cancellation)
    {
        var change = _changes.Reader.WaitToReadAsync(cancellation).AsTask();
        while (true)
        {
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(change, Task.Delay(Inspection, clock, timer.Token));
            await timer.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
            if (change.IsCompleted) return;
            if (await nft.IsIntactAsync(cancellation)) continue;
            log.LogWarning("Somebody has removed the table {Table}; it is made again", network.Table);
            _isCurrent = false;
            return;
        }
    }
}
