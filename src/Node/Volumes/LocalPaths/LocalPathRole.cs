using Slipway.Api;
using Slipway.Client;

namespace Slipway.Node.Volumes.LocalPaths;

/// <summary>Storage in directories of a node as a part of its server.</summary>
public static class LocalPathRole
{
    /// <summary>Adds it to a host.</summary>
    /// <param name="host">The host, whose API is bound to the service account <c>slipway-system/local-path</c>.</param>
    /// <param name="node">Name of this node.</param>
    /// <param name="root">Directory of the volumes, made with the first of them.</param>
    /// <param name="pods">Directory of the node's pods, which show the volumes that they use.</param>
    public static void Register(ControllerHost host, string node, string root, string pods)
    {
        var claims = host.Informer(NodeKinds.StorageClaims);
        var volumes = host.Informer(NodeKinds.StorageVolumes);
        var provisioner = new LocalPathProvisioner(node, root, pods, volumes, claims.AddIndex(static claim => [LocalPathState.NameFor(claim)]), host.Api, host.Events("local-path-provisioner"));
        var controller = host.Add("local-path", provisioner)
            .Watches(volumes, change => LocalPathState.IsName(change.Key.Name) ? [change.Key] : [])
            .Watches(claims, change => [ObjectKey.ClusterScoped(LocalPathState.NameFor((change.New ?? change.Old)!))]);
        // What was left when this was stopped.
        host.AddLoop(_ =>
        {
            foreach (var key in provisioner.Found())
                controller.Enqueue(key);
            return Task.CompletedTask;
        });
    }
}
