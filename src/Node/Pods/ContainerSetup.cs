using System.Globalization;
using k8s.Models;
using Slipway.Node.Cri;

namespace Slipway.Node.Pods;

/// <summary>What the runtime is told about a container.</summary>
internal static class ContainerSetup
{
    /// <param name="targetId">Id of the container whose processes it sees; empty for its own.</param>
    public static ContainerConfig Of(V1Pod pod, V1Container container, int attempt, ContainerImage image,
        IReadOnlyList<KeyValuePair<string, string>> environment, IEnumerable<Mount> mounts, PodFacts facts, string seccompRoot, string targetId = "")
    {
        var values = environment.ToDictionary();
        var config = new ContainerConfig
        {
            Metadata = new() { Name = container.Name, Attempt = (uint)attempt },
            Image = new() { Image = image.Id, UserSpecifiedImage = container.Image },
            WorkingDir = container.WorkingDir ?? "",
            LogPath = LogPath(container.Name, attempt),
            Stdin = container.Stdin == true,
            StdinOnce = container.StdinOnce == true,
            Tty = container.Tty == true,
            Linux = new()
            {
                Resources = Resources.Of(pod, container, (long)facts.NodeMemory),
                SecurityContext = SecuritySetup.OfContainer(pod, container, image.User, seccompRoot, targetId),
            },
        };
        config.Command.AddRange((container.Command ?? []).Select(a => Expansion.Expand(a, values)));
        config.Args.AddRange((container.Args ?? []).Select(a => Expansion.Expand(a, values)));
        config.Envs.AddRange(environment.Select(e => new KeyValue { Key = e.Key, Value = e.Value }));
        config.Mounts.AddRange(mounts);
        config.Labels[SandboxSetup.NameLabel] = pod.Metadata.Name;
        config.Labels[SandboxSetup.NamespaceLabel] = pod.Key.Namespace;
        config.Labels[SandboxSetup.UidLabel] = pod.Metadata.Uid;
        config.Labels[SandboxSetup.ContainerLabel] = container.Name;
        config.Annotations["io.kubernetes.container.restartCount"] = attempt.ToString(CultureInfo.InvariantCulture);
        return config;
    }

    /// <summary>Path of a container's log within the pod's directory of logs.</summary>
    public static string LogPath(string container, int attempt) => string.Create(CultureInfo.InvariantCulture, $"{container}/{attempt}.log");
}

/// <summary>An image that a container can be made of.</summary>
internal sealed record ContainerImage(string Id, string Reference, ImageUser User);
