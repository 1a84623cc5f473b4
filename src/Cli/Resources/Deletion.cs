using Slipway.Client;

namespace Slipway.Cli.Resources;

/// <summary>Waits until an object is gone.</summary>
internal static class Deletion
{
    /// <summary>Returns when no object of this name and uid is left.</summary>
    public static async Task WaitAsync(ApiConnection connection, ServedResource resource, string name, string uid, CancellationToken cancellation)
    {
        var type = PartialObjectMetadata.ResourceOf(resource.Group, resource.Version, resource.Plural, resource.Kind, resource.Namespaced);
        var options = new WatchOptions { Select = new() { FieldSelector = $"metadata.name={name}", Accept = PartialObjectMetadata.Accept }, InitialEvents = true };
        while (true)
        {
            var present = false;
            await foreach (var change in connection.Api.WatchAsync(type, connection.Namespace, options, null, cancellation))
            {
                if (change.Object is { } item)
                {
                    if (change.Type == WatchEventType.Deleted || item.Metadata.Uid != uid) return;
                    present = true;
                }
                else if (change.EndsInitialEvents && !present)
                {
                    return;
                }
            }
        }
    }
}
