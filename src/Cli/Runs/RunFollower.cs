using System.Runtime.CompilerServices;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;
using Slipway.Flows;

namespace Slipway.Cli.Runs;

/// <summary>Watches one run until it ends.</summary>
internal sealed class RunFollower(ApiConnection connection, TimeProvider clock)
{
    // A server that is started again answers within a second or two; after this time there is none.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The states of the run from now on; the last one is final.</summary>
    /// <exception cref="CommandException">The run was deleted, or the server is gone.</exception>
    public async IAsyncEnumerable<FlowRun> FollowAsync(string name, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var select = new WatchOptions { Select = new() { FieldSelector = $"metadata.name={name}" }, InitialEvents = true };
        var lastSeen = clock.GetTimestamp();
        while (true)
        {
            await using var changes = connection.Api.WatchAsync(FlowKinds.Runs, connection.Namespace, select, null, cancellation).GetAsyncEnumerator(cancellation);
            var found = false;
            while (await NextAsync(changes, name, lastSeen, cancellation) is { } change)
            {
                lastSeen = clock.GetTimestamp();
                if (change.Type == WatchEventType.Deleted || (change.EndsInitialEvents && !found))
                    throw new CommandException($"the run {name} was deleted; \"slipway runs show {name}\" shows what is recorded of it");
                if (change.Object is not { } run) continue;
                found = true;
                yield return run;
                if (FlowPhase.IsFinal(run.Status?.Phase)) yield break;
            }
        }
    }

    // Null when the watch has ended and another one should be opened.
    private async Task<WatchEvent<FlowRun>?> NextAsync(IAsyncEnumerator<WatchEvent<FlowRun>> changes, string name, long lastSeen, CancellationToken cancellation)
    {
        try
        {
            return await changes.MoveNextAsync() ? changes.Current : null;
        }
        catch (Exception e) when (e is IOException || e is ApiException { Code: 410 or >= 500 })
        {
            if (clock.GetElapsedTime(lastSeen) > Patience)
                throw new CommandException($"{e.Message}; the run {name} goes on when the cluster is up again (\"slipway up\")");
            await Task.Delay(TimeSpan.FromMilliseconds(250), clock, cancellation);
            return null;
        }
    }
}
