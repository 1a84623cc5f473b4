using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>What is watched, and with whose rights. All triggers that wait for the same share one watch.</summary>
/// <param name="Owner">Namespace of the flows, and of the account.</param>
/// <param name="Account">The service account.</param>
/// <param name="ApiVersion">Group and version of the kind.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Namespace">Where; null for the owner's namespace if the kind is in namespaces, <see cref="ResourceTrigger.Everywhere"/> for all.</param>
internal sealed record WatchTarget(string Owner, string Account, string ApiVersion, string Kind, string? Namespace);

/// <summary>Follows the objects of a kind for the triggers that wait for their changes.</summary>
/// <remarks>
/// <list type="number">
/// <item>Whoever begins is told what was created since it counts, and goes on from there.</item>
/// <item>Whoever has a position is told what has happened since by the server's history. The watch goes back for that; others are not told twice.</item>
/// <item>Where history does not reach back so far (410), what is there is compared with the position: deletions and what was before are lost.</item>
/// <item>What objects were before is held only if somebody reads it.</item>
/// </list>
/// </remarks>
/// <param name="api">The API, as the account.</param>
/// <param name="target">What is watched.</param>
/// <param name="changed">Told which flows have something to deal with.</param>
/// <param name="clock">The clock of back-off.</param>
/// <param name="log">Where failures are told.</param>
internal sealed class ResourceWatch(IApi api, WatchTarget target, Action<ObjectKey> changed, TimeProvider clock, ILogger log) : IDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    /// <summary>By how much a bookmark may be older than when it is seen, and clocks may differ.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(1);
    private static readonly ListOptions Pages = new() { PageSize = 500 };

    private readonly Lock gate = new();
    private readonly List<ResourceSubscription> subscriptions = [];
    private CancellationTokenSource interruption = new();
    private Resource<WatchedObject>? resource;
    private Dictionary<string, WatchedObject>? objects;
    private string? position;
    private bool isGone;
    private bool isDisposed;

    /// <summary>Whether nobody is told anything.</summary>
    public bool IsIdle
    {
        get
        {
            lock (gate)
                return subscriptions.Count == 0;
        }
    }

    /// <summary>Tells somebody too, from its position on.</summary>
    public void Add(ResourceSubscription subscription)
    {
        lock (gate)
            subscriptions.Add(subscription);
        Interrupt();
    }

    /// <summary>Tells it nothing any more.</summary>
    public void Remove(ResourceSubscription subscription)
    {
        lock (gate)
            subscriptions.Remove(subscription);
    }

    /// <summary>Looks anew where everybody is.</summary>
    public void Interrupt()
    {
        lock (gate)
        {
            if (!isDisposed)
                _ = interruption.CancelAsync(); // what follows runs elsewhere, not within the lock
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
            isDisposed = true;
        interruption.Dispose();
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var failures = 0;
        while (!cancellation.IsCancellationRequested)
        {
            var delay = TimeSpan.Zero;
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, Begin());
            try
            {
                var started = clock.GetTimestamp();
                await FollowAsync(either.Token);
                failures = 0;
                if (clock.GetElapsedTime(started) < FirstDelay)
                    delay = FirstDelay; // a server that ends every watch at once must not be asked in a loop
            }
            catch (OperationCanceledException) when (either.IsCancellationRequested)
            {
                failures = 0; // stopped, or somebody came
            }
            catch (ApiException e) when (e.Code == 410)
            {
                isGone = true;
                if (failures++ > 0)
                    delay = Backoff.Step(FirstDelay, LongestDelay, failures);
            }
            catch (Exception e)
            {
                log.LogDebug("Watching {Kind} of {ApiVersion} as {Account} of {Namespace} failed and is tried again: {Reason}", target.Kind, target.ApiVersion, target.Account, target.Owner, e.Message);
                // Definitions come and go. What nobody expects is told, too: nobody else would watch.
                if (e is ApiException { Code: 400 or 403 or 404 or 405 } or not (ApiException or IOException or JsonException))
                {
                    Block(PodTrouble.OneLine(e.Message));
                    resource = null;
                }
                delay = Backoff.Step(FirstDelay, LongestDelay, failures++);
            }

            if (delay > TimeSpan.Zero)
                await Task.Delay(delay, clock, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private CancellationToken Begin()
    {
        lock (gate)
        {
            if (interruption.IsCancellationRequested)
                interruption = new(); // the old one may still be telling; it holds nothing that must be released
            return interruption.Token;
        }
    }

    private List<ResourceSubscription> Everybody()
    {
        lock (gate)
            return [.. subscriptions];
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        if (resource is null)
        {
            var found = await ResolveAsync(cancellation);
            await RequireWatchAsync(found, cancellation);
            resource = found;
        }

        var everybody = Everybody().FindAll(s => s.Resume());

        // 1. Who begins, or whose position is beyond history, is told by what is there. So is whether a right that was missing is there again.
        if (everybody.Exists(s => isGone || s.NeedsComparison || s.Blocked is not null))
        {
            await CompareAsync(everybody, cancellation);
            everybody.RemoveAll(s => s.NeedsComparison); // who has no room for all of it is told the rest when there is
            Block(null);
        }

        if (everybody.Count == 0)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellation); // until somebody comes, or has room again
            return;
        }

        // 2. The watch goes back to who is furthest behind. What was there at the time is what changes are compared with.
        var lowest = everybody.ConvertAll(s => s.Seen!).Aggregate((a, b) => ResourceVersions.IsLater(a, b) ? b : a);
        if (position is null || ResourceVersions.IsLater(position, lowest))
            (position, objects) = (lowest, null);
        if (!everybody.Exists(s => s.NeedsOld))
            objects = null;
        else if (objects is null)
            Hold((await api.ListAsync(resource, Where(resource), Pages with { AtVersion = position }, cancellation)).Items);

        // 3. From there on, changes as they come.
        await foreach (var happened in api.WatchAsync(resource, Where(resource), new WatchOptions { ResourceVersion = position, TimeoutSeconds = Random.Shared.Next(300, 600) }, log, cancellation))
        {
            if (happened.Object is { } item)
                Tell(everybody, happened.Type, item);
            if (happened.ResourceVersion.Length > 0)
            {
                position = happened.ResourceVersion;
                // What follows a bookmark is new; what follows an event may be as old as history.
                DateTime? before = happened.Type == WatchEventType.Bookmark ? clock.GetUtcNow().UtcDateTime - Late : null;
                foreach (var one in everybody.Where(s => s.MoveTo(position, before)))
                    changed(one.Flow);
            }
        }
    }

    private string? Where(Resource<WatchedObject> of) => target.Namespace == ResourceTrigger.Everywhere ? null : target.Namespace ?? (of.Namespaced ? target.Owner : null);

    private async Task CompareAsync(List<ResourceSubscription> everybody, CancellationToken cancellation)
    {
        var list = await api.ListAsync(resource!, Where(resource!), Pages, cancellation);
        foreach (var one in everybody.Where(s => isGone || s.NeedsComparison))
        {
            one.Compare(list.Items, list.ResourceVersion);
            changed(one.Flow); // whose position is new
        }

        if (isGone)
        {
            position = list.ResourceVersion;
            Hold(list.Items);
            isGone = false;
        }
    }

    private void Tell(List<ResourceSubscription> everybody, WatchEventType type, WatchedObject item)
    {
        var old = objects?.GetValueOrDefault(item.Metadata.Uid);
        if (type == WatchEventType.Deleted)
            objects?.Remove(item.Metadata.Uid);
        else if (objects is not null)
            objects[item.Metadata.Uid] = item;
        var change = new ResourceChange(type switch
        {
            WatchEventType.Added => ResourceTrigger.Added,
            WatchEventType.Deleted => ResourceTrigger.Deleted,
            _ => ResourceTrigger.Modified,
        }, item, old);
        foreach (var one in everybody.Where(s => s.Offer(change)))
            changed(one.Flow);
    }

    // The last of each counts: a list that is read in pages may have an object twice.
    private void Hold(IReadOnlyList<WatchedObject> items)
    {
        objects = [];
        foreach (var item in items)
            objects[item.Metadata.Uid] = item;
    }

    private void Block(string? why) => Everybody().FindAll(s => s.Block(why)).ForEach(s => changed(s.Flow));

    /// <summary>Asks whether the account may watch: a watch that is refused tells so, but one that is not tells nothing until something happens.</summary>
    /// <exception cref="ApiException">403: it may not.</exception>
    private async Task RequireWatchAsync(Resource<WatchedObject> found, CancellationToken cancellation)
    {
        var asked = new JsonObject { ["verb"] = "watch", ["group"] = found.Group, ["version"] = found.Version, ["resource"] = found.Plural, ["namespace"] = Where(found) ?? "" };
        var review = new JsonObject { ["apiVersion"] = "authorization.k8s.io/v1", ["kind"] = "SelfSubjectAccessReview", ["spec"] = new JsonObject { ["resourceAttributes"] = asked } };
        var answer = await api.SendForBodyAsync(new("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews") { Body = Encoding.UTF8.GetBytes(review.ToJsonString()) }, cancellation);
        if ((JsonNode.Parse(answer.Span, documentOptions: Nesting.Document) as JsonObject)?.Object("status")?.Boolean("allowed") != true)
            throw ApiException.Forbidden($"service account {target.Account} of namespace {target.Owner} may not watch {found.Plural}{(found.Group.Length == 0 ? "" : $".{found.Group}")} {(Where(found) is { } ns ? $"in namespace {ns}" : "everywhere")}: give it a role with list and watch");
    }

    /// <summary>Which resource has objects of the kind.</summary>
    /// <exception cref="ApiException">404: none.</exception>
    private async Task<Resource<WatchedObject>> ResolveAsync(CancellationToken cancellation)
    {
        var (group, version) = target.ApiVersion.Split('/') is [var g, var v] ? (g, v) : ("", target.ApiVersion);
        JsonObject document;
        try
        {
            var body = await api.SendForBodyAsync(new("GET", group.Length == 0 ? $"/api/{Uri.EscapeDataString(version)}" : $"/apis/{Uri.EscapeDataString(group)}/{Uri.EscapeDataString(version)}"), cancellation);
            document = JsonNode.Parse(body.Span, documentOptions: Nesting.Document) as JsonObject ?? [];
        }
        catch (ApiException e) when (e.Code == 404)
        {
            throw new ApiException(404, "NotFound", $"the server has no {target.ApiVersion}");
        }

        var resources = document.Objects("resources").Where(r => r.Text("name")?.Contains('/', StringComparison.Ordinal) == false).ToList();
        if (resources.Find(r => r.Text("kind") == target.Kind) is not { } found)
            throw new ApiException(404, "NotFound", $"{target.ApiVersion} has no kind {target.Kind}{NearestName.Hint(target.Kind, resources.Select(r => r.Text("kind") ?? ""))}");
        var isNamespaced = found["namespaced"]?.GetValueKind() == JsonValueKind.True;
        if (!isNamespaced && target.Namespace is not (null or ResourceTrigger.Everywhere))
            throw ApiException.BadRequest($"{target.Kind} is in no namespace: leave namespace out");
        return WatchedObject.ResourceOf(group, version, found.Text("name")!, target.Kind, isNamespaced);
    }
}
