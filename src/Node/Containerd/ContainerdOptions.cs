namespace Slipway.Node.Containerd;

/// <summary>Where a private containerd lives and what it works with.</summary>
public sealed record ContainerdOptions
{
    /// <summary>The containerd binary: a path, or a name looked up in PATH. <c>ctr</c> and the shim are expected beside it or in PATH.</summary>
    public string ContainerdPath { get; init; } = "containerd";

    /// <summary>The runc-compatible runtime; empty for the one that containerd finds in PATH.</summary>
    public string RuntimePath { get; init; } = "";

    /// <summary>Persistent data: images, snapshots, metadata.</summary>
    public required string Root { get; init; }

    /// <summary>State of running containers; of the kind that a reboot clears, such as a directory below <c>/run</c>.</summary>
    public required string State { get; init; }

    /// <summary>The unix socket that it serves (at most 107 bytes).</summary>
    public required string Socket { get; init; }

    /// <summary>The cgroup of the cluster, such as <c>/slipway-default</c>; containerd and its shims live in <c>containerd</c> below it.</summary>
    public required string CgroupRoot { get; init; }

    /// <summary>Directory of the CNI network configuration.</summary>
    public required string CniConfDir { get; init; }

    /// <summary>Directory of the CNI plugins.</summary>
    public string CniBinDir { get; init; } = "/usr/lib/cni";

    /// <summary>Directory with a <c>hosts.toml</c> for each registry that needs one (containerd's <c>certs.d</c>).</summary>
    public string RegistryConfigDir { get; init; } = "";

    /// <summary>Image of the container that holds a pod's namespaces.</summary>
    public string PauseImage { get; init; } = "slipway.local/pause:1";

    /// <summary>Where containerd's log goes.</summary>
    public required string LogFile { get; init; }

    /// <summary>Longest wait for a started containerd to answer.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    internal string ConfigFile => Path.Combine(State, "config.toml");
}
