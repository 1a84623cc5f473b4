using System.Globalization;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>A change of an object that a trigger waits for.</summary>
/// <param name="Type">What has happened: one of <see cref="ResourceTrigger"/>'s.</param>
/// <param name="Object">The object after it; of one that was deleted, as it last was.</param>
/// <param name="Old">The object before it; null if it was not there, or nobody knows.</param>
internal sealed record ResourceChange(string Type, WatchedObject Object, WatchedObject? Old)
{
    /// <summary>The field of <c>event</c> that has what was before.</summary>
    public const string OldField = "oldObject";

    /// <summary>Up to where it brings whoever has dealt with it.</summary>
    public string Version => Object.Metadata.ResourceVersion ?? "";

    /// <summary>
    /// The change as what has happened. An object is added and deleted once; each of its changes has its own resource version. So the same change has the same
    /// identity whoever sees it, and how often.
    /// </summary>
    public TriggerEvent ToEvent()
    {
        var meta = Object.Metadata;
        var id = Type == ResourceTrigger.Modified ? $"{meta.Uid}/{meta.ResourceVersion}" : $"{meta.Uid}/{Type}";
        var name = $"{Object.Kind} {(string.IsNullOrEmpty(meta.NamespaceProperty) ? "" : $"{meta.NamespaceProperty}/")}{meta.Name}";
        var text = Type switch
        {
            ResourceTrigger.Added => $"{name} was added",
            ResourceTrigger.Deleted => $"{name} was deleted",
            _ when meta.Generation is { } generation => string.Create(CultureInfo.InvariantCulture, $"{name} has changed (generation {generation}, resource version {meta.ResourceVersion})"),
            _ => $"{name} has changed (resource version {meta.ResourceVersion})",
        };
        return new TriggerEvent(id, text, new CelMap(
        [
            KeyValuePair.Create("type", (CelValue)new CelString(Type)),
            KeyValuePair.Create("object", (CelValue)Object.ToCel()),
            KeyValuePair.Create(OldField, Old is null ? CelNull.Instance : (CelValue)Old.ToCel()),
        ]));
    }

    /// <summary>
    /// What has happened between two times of which only the second is known: of the objects that are there, those that have changed since. Which were deleted nobody knows.
    /// </summary>
    /// <param name="objects">The objects that are there now.</param>
    /// <param name="position">Up to which resource version all was known; null if nothing was.</param>
    /// <param name="since">What was created in the second of this time or later is new; UTC.</param>
    /// <param name="isAddedAsked">Whether anybody asks what is new. Otherwise it has changed at least, which may be more than that it is there.</param>
    public static IReadOnlyList<ResourceChange> Between(IEnumerable<WatchedObject> objects, string? position, DateTime since, bool isAddedAsked)
    {
        var second = new DateTime(since.Ticks - since.Ticks % TimeSpan.TicksPerSecond, DateTimeKind.Utc);
        var changes = new List<ResourceChange>();
        foreach (var item in objects.Where(o => position is null || ResourceVersions.IsLater(o.Metadata.ResourceVersion, position)))
        {
            if (item.Metadata.CreationTimestamp >= second && (isAddedAsked || position is null))
                changes.Add(new(ResourceTrigger.Added, item, null));
            else if (position is not null)
                changes.Add(new(ResourceTrigger.Modified, item, null));
        }

        changes.Sort((a, b) => a.Version == b.Version ? 0 : ResourceVersions.IsLater(a.Version, b.Version) ? 1 : -1);
        return changes;
    }
}
