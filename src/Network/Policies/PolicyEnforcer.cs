using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Slipway.Client;

namespace Slipway.Network;

/// <summary>Keeps the rules of NetworkPolicies. Pods and namespaces are watched from the first policy on, since most clusters have none.</summary>
internal sealed class PolicyEnforcer
{
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly Informer<PolicyView> _policies;
    private readonly Informer<PolicyPodView> _pods;
    private readonly Informer<PolicyNamespaceView> _namespaces;
    private readonly string _node;
    private readonly Action<NftRules> _apply;
    private readonly TaskCompletionSource _areNeeded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PolicyEnforcer(ControllerHost host, string node, Action<NftRules> apply)
    {
        var log = host.Logs.CreateLogger<PolicyEnforcer>();
        (_node, _apply) = (node, apply);
        _policies = host.Informer(NetworkKinds.Policies);
        _pods = new(host.Api, NetworkKinds.PolicyPods, new(), host.Clock, log);
        _namespaces = new(host.Api, NetworkKinds.PolicyNamespaces, new(), host.Clock, log);
        _policies.OnChange(_ => Signal());
        _pods.OnChange(_ => Signal());
        _namespaces.OnChange(_ => Signal());
    }

    /// <summary>Adds the enforcer to a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="node">Name of this node.</param>
    /// <param name="apply">Takes all rules, at first and whenever they change.</param>
    public static void Register(ControllerHost host, string node, Action<NftRules> apply) => host.AddLoop(new PolicyEnforcer(host, node, apply).RunAsync);

    private void Signal() => _changes.Writer.TryWrite(true);

    private Task RunAsync(CancellationToken cancellation) => Loops.RunAsync([EnforceAsync, WatchAsync], cancellation);

    private async Task EnforceAsync(CancellationToken cancellation)
    {
        try
        {
            await _policies.Synced.WaitAsync(cancellation);
            while (true)
            {
                _changes.Reader.TryRead(out _);
                var policies = _policies.List();
                if (policies.Count > 0)
                {
                    _areNeeded.TrySetResult();
                    await Task.WhenAll(_pods.Synced, _namespaces.Synced).WaitAsync(cancellation);
                }
                _apply(policies.Count == 0 ? new() : PolicyRules.Of(_node, policies, _pods.List(), _namespaces.List()));
                await _changes.Reader.WaitToReadAsync(cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The rules stay as they are.
        }
    }

    private async Task WatchAsync(CancellationToken cancellation)
    {
        await _areNeeded.Task.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Loops.RunAsync([_pods.RunAsync, _namespaces.RunAsync], cancellation);
    }
}
