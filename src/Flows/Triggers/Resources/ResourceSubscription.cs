using System.Collections.ObjectModel;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Api.Selectors;

namespace Slipway.Flows;

/// <summary>What a trigger is still to deal with of the changes that a watch sees. The watch adds, the controller takes.</summary>
internal sealed class ResourceSubscription
{
    /// <summary>How many changes wait at most. Who is further behind is told the rest from the server's history, when there is room again.</summary>
    public const int Limit = 200;

    private readonly Lock gate = new();
    private readonly Queue<ResourceChange> pending = [];
    private readonly ResourceTrigger trigger;
    private readonly LabelSelector selector;
    private readonly ObjectKey flow;
    private string? seen;
    private DateTime since;
    private string? blocked;
    private bool isBehind;
    private DateTime told;
    private (string? Position, DateTime Since)? comparison; // one that had no room for all that it has found

    /// <summary>After so long it is told again how far the watch is: history reaches back five minutes.</summary>
    private static readonly TimeSpan TellAfter = TimeSpan.FromMinutes(2);

    /// <param name="flow">The flow.</param>
    /// <param name="trigger">Its trigger.</param>
    /// <param name="position">Up to which resource version changes are dealt with; null for a trigger that begins.</param>
    /// <param name="since">Since when an object counts as added where only its age tells; UTC.</param>
    /// <exception cref="ApiException">400: the selector is none.</exception>
    public ResourceSubscription(ObjectKey flow, FlowTrigger trigger, string? position, DateTime since)
    {
        (this.flow, this.trigger, seen, this.since, told) = (flow, trigger.Resource!, position, since, since);
        selector = LabelSelector.Parse(this.trigger.LabelSelector ?? "");
        NeedsOld = TriggerExpressions.Read(trigger, ResourceChange.OldField);
    }

    /// <summary>The flow.</summary>
    public ObjectKey Flow => flow;

    /// <summary>Since when an object counts as added where only its age tells; UTC.</summary>
    public DateTime Since
    {
        get
        {
            lock (gate)
                return since;
        }
    }

    /// <summary>Whether what objects were before is read.</summary>
    public bool NeedsOld { get; }

    /// <summary>Up to where everything was offered; null before the beginning.</summary>
    public string? Seen
    {
        get
        {
            lock (gate)
                return seen;
        }
    }

    /// <summary>Whether only what is there tells it what has happened: it begins, or there was no room for all that it was told so.</summary>
    public bool NeedsComparison
    {
        get
        {
            lock (gate)
                return seen is null || comparison is not null;
        }
    }

    /// <summary>Why nothing is seen; null if all is well.</summary>
    public string? Blocked
    {
        get
        {
            lock (gate)
                return blocked;
        }
    }

    /// <summary>Up to where everything is dealt with, if nothing is pending.</summary>
    public string? DealtWith
    {
        get
        {
            lock (gate)
                return pending.Count == 0 ? seen : null;
        }
    }

    /// <summary>Says why nothing is seen.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Block(string? why)
    {
        lock (gate)
        {
            if (blocked == why)
                return false;
            blocked = why;
            return true;
        }
    }

    /// <summary>Whatever follows a resource version is told: what was before it is known, or does not count.</summary>
    /// <param name="position">The resource version.</param>
    /// <param name="before">A time that what follows it is not older than, if one is known; UTC.</param>
    /// <returns>Whether it has come so far that it is to be written: history is forgotten, though nothing happens that counts.</returns>
    public bool MoveTo(string position, DateTime? before = null)
    {
        lock (gate)
        {
            if (isBehind || (seen is not null && position != seen && !ResourceVersions.IsLater(position, seen)))
                return false;
            seen = position;
            if (before > since)
                since = before.Value;
            if (since - told < TellAfter)
                return false;
            told = since;
            return true;
        }
    }

    /// <summary>Takes what has happened by what is there.</summary>
    /// <param name="objects">The objects that are there.</param>
    /// <param name="version">The resource version at which they are.</param>
    public void Compare(IEnumerable<WatchedObject> objects, string version)
    {
        lock (gate)
        {
            // One that is done again is done from where the first began: what of it is known is not taken again.
            comparison ??= (seen, since);
            foreach (var change in ResourceChange.Between(objects, comparison.Value.Position, comparison.Value.Since, trigger.Counted.Contains(ResourceTrigger.Added)))
                Offer(change);
            if (isBehind)
                return;
            comparison = null;
            MoveTo(version);
        }
    }

    /// <summary>Takes again what follows, if there is room.</summary>
    /// <returns>False for who is behind, and is not to be told anything.</returns>
    public bool Resume()
    {
        lock (gate)
        {
            if (pending.Count == 0)
                isBehind = false;
            return !isBehind;
        }
    }

    /// <summary>Takes a change, unless it is known or does not count.</summary>
    /// <returns>Whether the controller has something new to deal with.</returns>
    public bool Offer(ResourceChange change)
    {
        lock (gate)
        {
            if (isBehind || (seen is not null && !ResourceVersions.IsLater(change.Version, seen)))
                return false;
            var counts = Counts(change);
            if (counts && pending.Count >= Limit)
            {
                isBehind = true;
                return false;
            }

            seen = change.Version;
            if (counts)
                pending.Enqueue(change);
            return counts;
        }
    }

    /// <summary>The oldest change that is to be dealt with; null if there is none.</summary>
    public ResourceChange? Peek()
    {
        lock (gate)
            return pending.TryPeek(out var change) ? change : null;
    }

    /// <summary>The oldest change is dealt with.</summary>
    /// <returns>Whether there is room again for what was left out.</returns>
    public bool Dequeue()
    {
        lock (gate)
        {
            pending.Dequeue();
            return isBehind && pending.Count == 0;
        }
    }

    private bool Counts(ResourceChange change) =>
        trigger.Counted.Contains(change.Type) && selector.Matches(LabelsOf(change.Object)) && !IsOwn(change.Object);

    // What the controllers make for the flow's own runs, and the flow itself, in which they write how far its triggers are.
    private bool IsOwn(WatchedObject item) => item.Metadata.NamespaceProperty == flow.Namespace
        && (LabelsOf(item).TryGetValue(FlowNames.FlowLabel, out var made) && made == flow.Name || (item.Kind == "Flow" && item.Metadata.Name == flow.Name && IsSlipways(item)));

    private static bool IsSlipways(WatchedObject item) => item.ApiVersion?.StartsWith($"{CustomKindAttribute.Group}/", StringComparison.Ordinal) == true;

    private static ReadOnlyDictionary<string, string> LabelsOf(WatchedObject item) => item.Metadata.Labels is { } labels ? labels.AsReadOnly() : ReadOnlyDictionary<string, string>.Empty;
}
