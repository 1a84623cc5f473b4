using k8s.Models;
using Slipway.Api;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Makes the containers of a task's pod that run before its command, or beside it.</summary>
internal static class PodContainers
{
    /// <summary>Sidecars first, so that they run for the steps as well; null and the problem if an expression has no value.</summary>
    /// <param name="settings">The settings of the task.</param>
    /// <param name="task">The task.</param>
    /// <param name="main">The container of the command, whose image, variables, mounts and resources the steps have.</param>
    /// <param name="digests">Digests of the images that are known, by how the flow names them.</param>
    /// <param name="scope">What expressions see.</param>
    /// <param name="problem">What has no value.</param>
    public static List<V1Container>? Before(
        TaskSettings settings, FlowTask task, V1Container main, IReadOnlyDictionary<string, string> digests, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        problem = "";
        var containers = new List<V1Container>();
        foreach (var sidecar in settings.Sidecars)
        {
            if (Sidecar(sidecar, main, digests, scope, out problem) is not { } container)
                return null;
            containers.Add(container);
        }

        foreach (var step in (task.Steps ?? []).SkipLast(1))
        {
            if (Texts($"steps {step.Name}", step.Command, scope, out problem) is not { } command)
                return null;
            var named = step.Image ?? settings.StepImage;
            var image = named == settings.Image ? main.Image : PodTemplate.Text($"steps {step.Name} image", named, scope, out problem);
            if (image is null)
                return null;
            containers.Add(new V1Container
            {
                Name = FlowNames.StepPrefix + step.Name,
                Image = digests.GetValueOrDefault(image, image),
                ImagePullPolicy = main.ImagePullPolicy,
                Command = [FlowNames.Wrapper, "run", "--", .. command.Select(CommandEscape.Text)],
                Env = main.Env,
                EnvFrom = main.EnvFrom,
                Resources = main.Resources,
                SecurityContext = main.SecurityContext,
                VolumeMounts = main.VolumeMounts,
            });
        }

        return containers;
    }

    /// <summary>The images of such containers, as the flow names them; those whose expressions have no value are left out.</summary>
    public static IEnumerable<string> Images(TaskSettings settings, FlowTask task, IReadOnlyDictionary<string, CelValue> scope) =>
        settings.Sidecars.Select(s => s.Image)
            .Concat((task.Steps ?? []).SkipLast(1).Select(s => s.Image ?? settings.StepImage))
            .Select(named => PodTemplate.Text("image", named, scope, out _))
            .OfType<string>().Distinct();

    private static V1Container? Sidecar(TaskSidecar sidecar, V1Container main, IReadOnlyDictionary<string, string> digests, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        var what = $"sidecars {sidecar.Name}";
        if (PodTemplate.Text($"{what} image", sidecar.Image, scope, out problem) is not { } image
            || Texts(what, sidecar.Command ?? [], scope, out problem) is not { } command
            || Texts(what, sidecar.Args ?? [], scope, out problem) is not { } args
            || PodTemplate.Variables(sidecar.Env ?? [], scope, out problem) is not { } environment)
        {
            return null;
        }

        var resources = PodTemplate.Resources(
            sidecar.Resources?.Cpu, Quantity.TryParse(sidecar.Resources?.Memory, out var memory) ? memory.ToBytes() : null, sidecar.Resources?.Devices);
        return new V1Container
        {
            Name = sidecar.Name,
            Image = digests.GetValueOrDefault(image, image),
            ImagePullPolicy = "IfNotPresent",
            RestartPolicy = "Always",
            Command = command.Count == 0 ? null : [.. command.Select(CommandEscape.Text)],
            Args = args.Count == 0 ? null : [.. args.Select(CommandEscape.Text)],
            Env = [.. environment.Select(e => e.Value is null ? e : new V1EnvVar { Name = e.Name, Value = CommandEscape.Text(e.Value) })],
            Resources = resources,
            SecurityContext = main.SecurityContext,
            VolumeMounts = main.VolumeMounts?.Where(m => m.MountPath is not ("/slipway" or "/out" or "/in")).ToList(),
            StartupProbe = sidecar.ReadyPort is { } port
                ? new V1Probe { TcpSocket = new V1TCPSocketAction { Port = port }, PeriodSeconds = 1, FailureThreshold = 300 }
                : null,
        };
    }

    private static List<string>? Texts(string field, List<string> texts, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        problem = "";
        var evaluated = new List<string>();
        foreach (var text in texts)
        {
            if (PodTemplate.Text(field, text, scope, out problem) is not { } value)
                return null;
            if (ArgumentLimit.Problem(field, value) is { } tooLong)
            {
                problem = tooLong;
                return null;
            }

            evaluated.Add(value);
        }

        return evaluated;
    }
}
