using System.Runtime.CompilerServices;
using k8s;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Cli.Runs;

/// <summary>Watches one object until it is as it should be.</summary>
/// <param name="resource">Its resource.</param>
/// <param name="noun">What a reader calls it, such as <c>run</c>.</param>
/// <param name="connection">The API, and the namespace.</param>
/// <param name="clock">The clock of waiting for a server that is away.</param>
internal sealed class ObjectFollower<T>(Resource<T> resource, string noun, ApiConnection connection, TimeProvider clock) where T : class, IKubernetesObject<V1ObjectMeta>
{
    // A server that is started again answers within a second or two; after this time there is none.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Since when the server is away; null while it answers.</summary>
    private long? away;

    /// <summary>The states of the object from now on; the last one is the first that <paramref name="isLast"/>.</summary>
    /// <exception cref="CommandException">The object was deleted, or the server is gone.</exception>
    public async IAsyncEnumerable<T> FollowAsync(string name, Func<T, bool> isLast, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var select = new WatchOptions { Select = new() { FieldSelector = $"metadata.name={name}" }, InitialEvents = true };
        while (true)
        {
            await using var changes = connection.Api.WatchAsync(resource, connection.Namespace, select, null, cancellation).GetAsyncEnumerator(cancellation);
            var found = false;
            while (await NextAsync(changes, name, cancellation) is { } change)
            {
                away = null;
                if (change.Type == WatchEventType.Deleted || (change.EndsInitialEvents && !found))
                    throw new CommandException($"the {noun} {name} was deleted; \"slipway runs\" shows what is recorded");
                if (change.Object is not { } item) continue;
                found = true;
                yield return item;
                if (isLast(item)) yield break;
            }
        }
    }

    // Null when the watch has ended and another one should be opened.
    private async Task<WatchEvent<T>?> NextAsync(IAsyncEnumerator<WatchEvent<T>> changes, string name, CancellationToken cancellation)
    {
        try
        {
            return await changes.MoveNextAsync() ? changes.Current : null;
        }
        catch (Exception e) when (e is IOException || e is ApiException { Code: 410 or >= 500 })
        {
            away ??= clock.GetTimestamp();
            if (clock.GetElapsedTime(away.Value) > Patience)
                throw new CommandException($"{e.Message}; the {noun} {name} goes on when the cluster is up again (\"slipway up\")");
            await Task.Delay(TimeSpan.FromMilliseconds(250), clock, cancellation);
            return null;
        }
    }
}
