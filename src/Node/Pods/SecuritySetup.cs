using k8s.Models;
using Slipway.Node.Cri;

namespace Slipway.Node.Pods;

/// <summary>What the runtime is told about a container's rights (https://kubernetes.io/docs/tasks/configure-pod-container/security-context/).</summary>
internal static class SecuritySetup
{
    private static readonly string[] Masked =
    [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
        "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
    ];

    private static readonly string[] ReadOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    public static LinuxSandboxSecurityContext OfSandbox(V1Pod pod, string seccompRoot)
    {
        var context = pod.Spec.SecurityContext;
        var security = new LinuxSandboxSecurityContext
        {
            NamespaceOptions = Namespaces(pod),
            Privileged = pod.AllContainers.Any(c => c.SecurityContext?.Privileged == true),
            RunAsUser = Value(context?.RunAsUser),
            RunAsGroup = context?.RunAsUser is null ? null : Value(context.RunAsGroup),
            Seccomp = Seccomp(context?.SeccompProfile, privileged: false, seccompRoot),
            Apparmor = AppArmor(context?.AppArmorProfile, privileged: false),
        };
        security.SupplementalGroups.AddRange(Groups(context));
        return security;
    }

    /// <param name="image">The image's own user, which decides when the pod names none.</param>
    /// <param name="targetId">Id of the container whose processes it sees; empty for its own.</param>
    /// <exception cref="ContainerConfigException">The container would run as root although the pod forbids it.</exception>
    public static LinuxContainerSecurityContext OfContainer(V1Pod pod, V1Container container, ImageUser image, string seccompRoot, string targetId = "")
    {
        var shared = pod.Spec.SecurityContext;
        var own = container.SecurityContext;
        var privileged = own?.Privileged == true;
        var user = own?.RunAsUser ?? shared?.RunAsUser;
        RefuseRoot(pod, container, user, image);

        var security = new LinuxContainerSecurityContext
        {
            NamespaceOptions = Namespaces(pod),
            Privileged = privileged,
            ReadonlyRootfs = own?.ReadOnlyRootFilesystem == true,
            NoNewPrivs = own?.AllowPrivilegeEscalation == false && !privileged,
            RunAsUser = Value(user),
            Capabilities = new(),
            Seccomp = Seccomp(own?.SeccompProfile ?? shared?.SeccompProfile, privileged, seccompRoot),
            Apparmor = AppArmor(own?.AppArmorProfile ?? shared?.AppArmorProfile, privileged),
        };
        if (targetId.Length > 0 && security.NamespaceOptions.Pid == NamespaceMode.Container)
            (security.NamespaceOptions.Pid, security.NamespaceOptions.TargetId) = (NamespaceMode.Target, targetId);
        // The CRI takes a group only with a user; the image's user stands in.
        if ((own?.RunAsGroup ?? shared?.RunAsGroup) is { } group)
        {
            security.RunAsGroup = Value(group);
            if (user is null)
            {
                security.RunAsUser = image.Name.Length > 0 ? null : Value(image.Uid ?? 0);
                security.RunAsUsername = image.Name;
            }
        }
        security.SupplementalGroups.AddRange(Groups(shared));
        security.Capabilities.AddCapabilities.AddRange(own?.Capabilities?.Add ?? []);
        security.Capabilities.DropCapabilities.AddRange(own?.Capabilities?.Drop ?? []);
        if (!privileged && own?.ProcMount is not "Unmasked")
        {
            security.MaskedPaths.AddRange(Masked);
            security.ReadonlyPaths.AddRange(ReadOnly);
        }
        return security;
    }

    private static void RefuseRoot(V1Pod pod, V1Container container, long? user, ImageUser image)
    {
        if ((container.SecurityContext?.RunAsNonRoot ?? pod.Spec.SecurityContext?.RunAsNonRoot) != true)
            return;
        if (user == 0)
            throw new ContainerConfigException($"container's runAsUser breaks non-root policy (pod: \"{pod.Metadata.Name}_{pod.Key.Namespace}({pod.Metadata.Uid})\", container: {container.Name})");
        if (user is null && image.Name.Length > 0)
            throw new ContainerConfigException($"container has runAsNonRoot and image has non-numeric user ({image.Name}), cannot verify user is non-root; set securityContext.runAsUser");
        if (user is null && image.Uid is null or 0)
            throw new ContainerConfigException("container has runAsNonRoot and image will run as root; set securityContext.runAsUser");
    }

    private static NamespaceOption Namespaces(V1Pod pod) => new()
    {
        Network = pod.Spec.HostNetwork == true ? NamespaceMode.Node : NamespaceMode.Pod,
        Ipc = pod.Spec.HostIPC == true ? NamespaceMode.Node : NamespaceMode.Pod,
        Pid = pod.Spec.HostPID == true ? NamespaceMode.Node : pod.Spec.ShareProcessNamespace == true ? NamespaceMode.Pod : NamespaceMode.Container,
    };

    // Security is the default: who asks for nothing gets the runtime's profile.
    private static SecurityProfile Seccomp(V1SeccompProfile? profile, bool privileged, string root) => profile?.Type switch
    {
        "Unconfined" => new() { ProfileType = SecurityProfile.Types.ProfileType.Unconfined },
        "Localhost" => new() { ProfileType = SecurityProfile.Types.ProfileType.Localhost, LocalhostRef = Path.Combine(root, profile.LocalhostProfile ?? "") },
        "RuntimeDefault" => new() { ProfileType = SecurityProfile.Types.ProfileType.RuntimeDefault },
        _ => new() { ProfileType = privileged ? SecurityProfile.Types.ProfileType.Unconfined : SecurityProfile.Types.ProfileType.RuntimeDefault },
    };

    // Where the machine has no AppArmor, a profile that is asked for is refused by the runtime.
    private static SecurityProfile? AppArmor(V1AppArmorProfile? profile, bool privileged) => profile?.Type switch
    {
        "Unconfined" => new() { ProfileType = SecurityProfile.Types.ProfileType.Unconfined },
        "Localhost" => new() { ProfileType = SecurityProfile.Types.ProfileType.Localhost, LocalhostRef = profile.LocalhostProfile ?? "" },
        "RuntimeDefault" when !privileged => new() { ProfileType = SecurityProfile.Types.ProfileType.RuntimeDefault },
        _ => null,
    };

    private static IEnumerable<long> Groups(V1PodSecurityContext? context) =>
        (context?.SupplementalGroups ?? []).OfType<long>().Concat(context?.FsGroup is { } group ? [group] : []);

    private static Int64Value? Value(long? value) => value is { } given ? new() { Value = given } : null;
}

/// <summary>The user that an image runs as: a number, or a name (empty if there is none).</summary>
internal sealed record ImageUser(long? Uid, string Name);
