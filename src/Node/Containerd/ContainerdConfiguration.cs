using System.Text;

namespace Slipway.Node.Containerd;

/// <summary>What the machine asks of containerd's configuration.</summary>
/// <param name="MajorVersion">Containerd's major version: 1 takes configuration version 2, 2 takes version 3.</param>
/// <param name="Snapshotter"><c>overlayfs</c>, or <c>native</c> where overlays cannot be mounted.</param>
/// <param name="RestrictOomScore">Whether a container's OOM score may not be below containerd's own (no CAP_SYS_RESOURCE).</param>
/// <param name="AppArmor">Whether the kernel has AppArmor.</param>
internal sealed record ContainerdMachine(int MajorVersion, string Snapshotter, bool RestrictOomScore, bool AppArmor);

/// <summary>Writes containerd's configuration file (TOML).</summary>
internal static class ContainerdConfiguration
{
    // What pods never use; each costs start time or needs a module that the machine may lack.
    private static readonly string[] Disabled =
    [
        "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.blockfile", "io.containerd.snapshotter.v1.btrfs",
        "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.erofs", "io.containerd.snapshotter.v1.zfs",
        "io.containerd.differ.v1.erofs", "io.containerd.internal.v1.opt", "io.containerd.internal.v1.restart",
        "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp", "io.containerd.monitor.v1.cgroups",
        "io.containerd.monitor.task.v1.cgroups", "io.containerd.nri.v1.nri", "io.containerd.image-verifier.v1.bindir",
    ];

    public static string Write(ContainerdOptions options, ContainerdMachine machine)
    {
        var toml = new StringBuilder();
        toml.Append($"version = {(machine.MajorVersion >= 2 ? 3 : 2)}\n");
        toml.Append($"root = {Quote(options.Root)}\nstate = {Quote(options.State)}\n");
        // Without its CRI containerd is of no use, and would say so only when it is called.
        toml.Append("required_plugins = [\"io.containerd.grpc.v1.cri\"]\n");
        toml.Append($"disabled_plugins = [{string.Join(", ", Disabled.Select(Quote))}]\n\n");
        toml.Append($"[grpc]\n  address = {Quote(options.Socket)}\n");
        toml.Append($"[ttrpc]\n  address = {Quote(options.Socket + ".ttrpc")}\n\n");
        if (machine.MajorVersion >= 2)
            AppendVersion3(toml, options, machine);
        else
            AppendVersion2(toml, options, machine);
        return toml.ToString();
    }

    private static void AppendVersion2(StringBuilder toml, ContainerdOptions options, ContainerdMachine machine)
    {
        const string Cri = "plugins.\"io.containerd.grpc.v1.cri\"";
        toml.Append($"[{Cri}]\n");
        // Containerd 2 does so unasked; 1.6 does not know of it.
        toml.Append($"  sandbox_image = {Quote(options.PauseImage)}\n  enable_cdi = true\n");
        AppendStreaming(toml);
        AppendRuntime(toml, Cri, options, machine);
        toml.Append($"[{Cri}.registry]\n  config_path = {Quote(options.RegistryConfigDir)}\n");
    }

    private static void AppendVersion3(StringBuilder toml, ContainerdOptions options, ContainerdMachine machine)
    {
        const string Images = "plugins.\"io.containerd.cri.v1.images\"";
        const string Runtime = "plugins.\"io.containerd.cri.v1.runtime\"";
        toml.Append($"[{Images}]\n  snapshotter = {Quote(machine.Snapshotter)}\n");
        toml.Append($"[{Images}.pinned_images]\n  sandbox = {Quote(options.PauseImage)}\n");
        toml.Append($"[{Images}.registry]\n  config_path = {Quote(options.RegistryConfigDir)}\n");
        toml.Append("[plugins.\"io.containerd.grpc.v1.cri\"]\n");
        AppendStreaming(toml);
        toml.Append($"[{Runtime}]\n");
        AppendRuntime(toml, Runtime, options, machine);
    }

    private static void AppendStreaming(StringBuilder toml) =>
        toml.Append("  disable_tcp_service = true\n  stream_server_address = \"127.0.0.1\"\n  stream_server_port = \"0\"\n");

    private static void AppendRuntime(StringBuilder toml, string section, ContainerdOptions options, ContainerdMachine machine)
    {
        toml.Append($"  restrict_oom_score_adj = {Literal(machine.RestrictOomScore)}\n");
        toml.Append($"  disable_apparmor = {Literal(!machine.AppArmor)}\n");
        toml.Append("  tolerate_missing_hugetlb_controller = true\n");
        // Network namespaces go with the state directory, so that removing it leaves none behind.
        toml.Append("  netns_mounts_under_state_dir = true\n");
        toml.Append($"[{section}.cni]\n  conf_dir = {Quote(options.CniConfDir)}\n  bin_dir = {Quote(options.CniBinDir)}\n");
        toml.Append($"[{section}.containerd]\n  default_runtime_name = \"runc\"\n");
        if (machine.MajorVersion < 2)
            toml.Append($"  snapshotter = {Quote(machine.Snapshotter)}\n");
        toml.Append($"[{section}.containerd.runtimes.runc]\n  runtime_type = \"io.containerd.runc.v2\"\n");
        toml.Append($"[{section}.containerd.runtimes.runc.options]\n  SystemdCgroup = false\n");
        if (options.RuntimePath.Length > 0)
            toml.Append($"  BinaryName = {Quote(options.RuntimePath)}\n");
    }

    private static string Literal(bool value) => value ? "true" : "false";

    private static string Quote(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
