using Slipway.Network;
using Slipway.Node.Containerd;

namespace Slipway.Host.Clusters;

/// <summary>The private containerd of a cluster: where it lives.</summary>
internal static class ClusterContainerd
{
    /// <summary>Its options; the server, the image commands and the removal agree on them.</summary>
    public static ContainerdOptions Options(Cluster cluster, ClusterPaths paths) => new()
    {
        ContainerdPath = ExternalProgram.Find("containerd") ?? "containerd",
        RuntimePath = ExternalProgram.Find("runc") ?? ExternalProgram.Find("crun") ?? "",
        Root = paths.ContainerdRoot,
        State = paths.ContainerdState,
        Socket = paths.ContainerdSocket,
        CgroupRoot = cluster.CgroupRoot,
        CniConfDir = paths.Cni,
        CniBinDir = CniConfiguration.FindPlugins() ?? CniConfiguration.PluginDirectories[0],
        LogFile = paths.ContainerdLog,
    };
}
