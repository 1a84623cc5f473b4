using k8s;
using k8s.Models;

namespace Slipway.Client;

/// <summary>What happened to an object.</summary>
public enum WatchEventType
{
    /// <summary>The object appeared.</summary>
    Added,

    /// <summary>The object changed.</summary>
    Modified,

    /// <summary>The object is gone, or no longer matches the selector.</summary>
    Deleted,

    /// <summary>Nothing happened up to a resource version.</summary>
    Bookmark,
}

/// <summary>One event of a watch.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Object">The object after the event, or as it last was; null for a bookmark, and when the object could not be decoded.</param>
/// <param name="ResourceVersion">Where a watch that follows this event begins.</param>
/// <param name="EndsInitialEvents">Whether this bookmark says that all objects that existed at the start have been sent.</param>
public readonly record struct WatchEvent<T>(WatchEventType Type, T? Object, string ResourceVersion, bool EndsInitialEvents = false)
    where T : class, IKubernetesObject<V1ObjectMeta>;
