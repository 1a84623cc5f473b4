using System.Text.Json.Nodes;

namespace Slipway.Network;

/// <summary>
/// The CNI network list of a cluster (<see href="https://www.cni.dev/docs/spec/"/>): pods on the bridge, with addresses
/// from the cluster's range. Masquerading is the nftables table's, so the plugin does none.
/// </summary>
public static class CniConfiguration
{
    /// <summary>File name within the configuration directory.</summary>
    public const string FileName = "10-slipway.conflist";

    /// <summary>Directories in which distributions put the plugins.</summary>
    public static IReadOnlyList<string> PluginDirectories { get; } = ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"];

    /// <summary>The directory that holds the plugins that Slipway needs; null if they are not installed.</summary>
    public static string? FindPlugins() =>
        PluginDirectories.FirstOrDefault(directory => new[] { "bridge", "host-local", "loopback" }.All(plugin => File.Exists(Path.Combine(directory, plugin))));

    /// <summary>The network list as JSON.</summary>
    /// <param name="network">The cluster's network.</param>
    /// <param name="allocations">Directory for the records of addresses in use; forgotten at reboot, as the pods are.</param>
    public static string For(ClusterNetwork network, string allocations) => new JsonObject
    {
        ["cniVersion"] = "0.4.0",   // the newest that containerd 1.6 and the plugins of Debian 12 share
        ["name"] = network.CniNetwork,
        ["plugins"] = new JsonArray(new JsonObject
        {
            ["type"] = "bridge",
            ["bridge"] = network.Bridge,
            ["isGateway"] = true,
            ["ipMasq"] = false,
            ["hairpinMode"] = true,
            ["ipam"] = new JsonObject
            {
                ["type"] = "host-local",
                ["dataDir"] = allocations,
                ["ranges"] = new JsonArray(new JsonArray(new JsonObject
                {
                    ["subnet"] = network.Pods.ToString(),
                    ["gateway"] = network.NodeAddress.ToString(),
                })),
                ["routes"] = new JsonArray(new JsonObject { ["dst"] = "0.0.0.0/0" }),
            },
        }),
    }.ToJsonString();
}
