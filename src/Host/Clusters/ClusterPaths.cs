namespace Slipway.Host.Clusters;

/// <summary>Where clusters live on the machine. Tests choose another root.</summary>
/// <param name="State">Directory with one directory for each cluster that survives reboots.</param>
/// <param name="Runtime">Directory with one directory for each running cluster, forgotten at reboot.</param>
internal sealed record MachinePaths(string State, string Runtime)
{
    public static MachinePaths OfThisMachine { get; } = new("/var/lib/slipway", "/run/slipway");

    /// <summary>Held while clusters are added or removed, so that none gets what another already has.</summary>
    public string RegistryLock => Path.Combine(Runtime, ".registry.lock");

    /// <summary>Held by commands that start, stop or delete a cluster.</summary>
    public string OperationLock(string cluster) => Path.Combine(Runtime, $".{cluster}.lock");

    public string ClusterFile(string cluster) => Path.Combine(State, cluster, "cluster.json");

    /// <summary>Paths of one cluster.</summary>
    public ClusterPaths Of(Cluster cluster) => new(Path.Combine(State, cluster.Name), Path.Combine(Runtime, cluster.Name), cluster.DataDirectory);
}

/// <summary>Where one cluster keeps its files.</summary>
/// <param name="State">Record, certificates and log.</param>
/// <param name="Runtime">Sockets, locks and containerd's state; its path in a process's arguments tells the cluster's processes.</param>
/// <param name="Data">Store, ledger, artifacts and images.</param>
internal sealed record ClusterPaths(string State, string Runtime, string Data)
{
    public string ServerLog => Path.Combine(State, "server.log");
    public string ContainerdLog => Path.Combine(State, "containerd.log");
    /// <summary>Who did what, where no other file was asked for.</summary>
    public string AuditLog => Path.Combine(State, "audit.log");

    public string Pki => Path.Combine(State, "pki");

    /// <summary>Locked by the running server, whose process id it holds.</summary>
    public string ServerLock => Path.Combine(Runtime, "server.pid");
    public string Cni => Path.Combine(Runtime, "cni");
    public string ContainerdState => Path.Combine(Runtime, "containerd");
    public string ContainerdSocket => Path.Combine(Runtime, "containerd.sock");

    public string ContainerdRoot => Path.Combine(Data, "containerd");
    public string Store => Path.Combine(Data, "state.db");
    public string Ledger => Path.Combine(Data, "ledger.db");
    public string Artifacts => Path.Combine(Data, "artifacts");

    /// <summary>What task pods get, on the file system of <see cref="Pods"/> and <see cref="Artifacts"/>, because files are linked.</summary>
    public string Tasks => Path.Combine(Data, "tasks");

    /// <summary>What containers write to their standard output and error; of the default cluster, links into <see cref="MachineLogs"/>.</summary>
    public string Logs => Path.Combine(Data, "logs");

    /// <summary>Where collectors of logs look on a machine.</summary>
    public const string MachineLogs = "/var/log";

    /// <summary>Layers of the images that are built here.</summary>
    public string Buildah => Path.Combine(Data, "buildah");

    /// <summary>What claims of the class <c>local-path</c> keep, a directory for each volume.</summary>
    public string Volumes => Path.Combine(Data, "volumes");

    public string Pods => Path.Combine(Data, "pods");
}
