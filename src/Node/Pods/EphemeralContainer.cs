using k8s.Models;

namespace Slipway.Node.Pods;

/// <summary>Containers for debugging (https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/), taken as containers like others.</summary>
internal static class EphemeralContainer
{
    /// <summary>The container that an ephemeral one describes; it runs once.</summary>
    public static V1Container Of(V1EphemeralContainer added) => new()
    {
        Name = added.Name,
        Image = added.Image,
        ImagePullPolicy = added.ImagePullPolicy,
        Command = added.Command,
        Args = added.Args,
        Env = added.Env,
        EnvFrom = added.EnvFrom,
        WorkingDir = added.WorkingDir,
        VolumeMounts = added.VolumeMounts,
        SecurityContext = added.SecurityContext,
        Stdin = added.Stdin,
        StdinOnce = added.StdinOnce,
        Tty = added.Tty,
        TerminationMessagePath = added.TerminationMessagePath,
        TerminationMessagePolicy = added.TerminationMessagePolicy,
        RestartPolicy = "Never",
    };

    /// <summary>Id of the container whose processes a container for debugging sees; empty when it sees its own.</summary>
    /// <exception cref="ContainerConfigException">That container does not run.</exception>
    public static string TargetOf(V1Pod pod, PodState state, string name)
    {
        if (pod.Spec.EphemeralContainers?.FirstOrDefault(c => c.Name == name)?.TargetContainerName is not { Length: > 0 } target)
            return "";
        return state.Container(target) is { Phase: ContainerPhase.Running } record ? record.Id
            : throw new ContainerConfigException($"unable to find target container \"{target}\": it does not run");
    }
}
