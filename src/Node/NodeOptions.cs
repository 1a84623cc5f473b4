using Slipway.Node.Housekeeping;
using Slipway.Node.Images;
using Slipway.Node.Volumes;

namespace Slipway.Node;

/// <summary>What a node is called and where it keeps things.</summary>
public sealed record NodeOptions
{
    /// <summary>Name of the Node object.</summary>
    public required string NodeName { get; init; }

    /// <summary>The node's address, as pods and the API server reach it.</summary>
    public required string Address { get; init; }

    /// <summary>containerd's unix socket.</summary>
    public required string ContainerdSocket { get; init; }

    /// <summary>Directory of containerd's state, for what containerd itself forgets in it; empty when it is not this node's to tidy.</summary>
    public string ContainerdState { get; init; } = "";

    /// <summary>Directory of the pods' volumes and files, one directory for each pod's uid.</summary>
    public required string PodsRoot { get; init; }

    /// <summary>Directory of the containers' logs, one directory for each pod.</summary>
    public required string LogsRoot { get; init; }

    /// <summary>The machine's directory of logs, where collectors find the logs of the pods as kubelets lay them out; null when they are not to.</summary>
    public string? SharedLogs { get; init; }

    /// <summary>Cgroup below which each pod gets its own, such as <c>/slipway-default/kubepods</c>.</summary>
    public required string CgroupParent { get; init; }

    /// <summary>Drivers of <c>csi</c> inline volumes.</summary>
    public IReadOnlyList<IInlineVolumeDriver> InlineVolumes { get; init; } = [];

    /// <summary>Mounts the images that volumes show; null when such volumes are not served.</summary>
    public ImageStore? Images { get; init; }

    /// <summary>Name servers of pods; those of <see cref="ResolvConf"/> when empty.</summary>
    public IReadOnlyList<string> NameServers { get; init; } = [];

    /// <summary>Address of the cluster's DNS, which pods ask unless their <c>dnsPolicy</c> says otherwise; null when there is none.</summary>
    public string? ClusterDns { get; init; }

    /// <summary>Domain of the cluster's names.</summary>
    public string ClusterDomain { get; init; } = "cluster.local";

    /// <summary>The host's resolver configuration.</summary>
    public string ResolvConf { get; init; } = "/etc/resolv.conf";

    /// <summary>Directory that <c>seccompProfile.localhostProfile</c> is relative to.</summary>
    public string SeccompRoot { get; init; } = "/var/lib/kubelet/seccomp";

    /// <summary>Size in bytes from which on the log of a container is rotated.</summary>
    public long LogMaxBytes { get; init; } = 10 << 20;

    /// <summary>How many files the log of a container may have, the one that grows included.</summary>
    public int LogMaxFiles { get; init; } = 5;

    /// <summary>The machine's directory of logs, which is shown to who may read the node's.</summary>
    public string SystemLogs { get; init; } = "/var/log";

    /// <summary>Where drivers of devices put their sockets to be found; not made by the node.</summary>
    public string PluginsRoot { get; init; } = "/var/lib/kubelet/plugins_registry";

    /// <summary>When the node counts as short of memory or disk.</summary>
    public PressureThresholds Pressure { get; init; } = new();

    /// <summary>The image of the pods' sandboxes, which is never removed.</summary>
    public string PauseImage { get; init; } = "";

    /// <summary>How often the node looks after logs and the room that pods take.</summary>
    public TimeSpan HousekeepingPeriod { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Version told as <c>kubeletVersion</c>.</summary>
    public string Version { get; init; } = "v1.37.0";

    /// <summary>The port at which kubelets serve their API, unless it is taken.</summary>
    public const int UsualKubeletPort = 10250;

    /// <summary>Port at which this node's API is served, as its status tells.</summary>
    public int KubeletPort { get; init; } = UsualKubeletPort;

    /// <summary>Most pods that the node takes.</summary>
    public int MaxPods { get; init; } = 250;
}
