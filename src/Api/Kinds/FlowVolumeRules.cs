namespace Slipway.Api.Kinds;

/// <summary>Rules of a flow's volumes, and of the tasks that mount them.</summary>
internal static class FlowVolumeRules
{
    private static readonly string[] Modes = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];

    /// <summary>Checks what a flow declares, and the mounts of its defaults.</summary>
    public static void Check(FlowSpec flow, List<StatusCause> causes)
    {
        for (var i = 0; i < (flow.Volumes?.Count ?? 0); i++)
        {
            var (path, volume) = ($"spec.volumes[{i}]", flow.Volumes![i]);
            if (flow.Volumes.Take(i).Any(v => v.Name == volume.Name))
                causes.Add(StatusCause.Duplicate($"{path}.name", $"\"{volume.Name}\""));
            FlowSettingRules.CheckQuantity($"{path}.size", volume.Size, causes);
            foreach (var mode in (volume.AccessModes ?? []).Where(m => !Modes.Contains(m)))
                causes.Add(StatusCause.Invalid($"{path}.accessModes", $"\"{mode}\"", $"must be one of {string.Join(", ", Modes)}{NearestName.Hint(mode, Modes)}"));
        }

        CheckMounts("spec.defaults", flow.Defaults?.Mounts, flow, causes);
    }

    /// <summary>Checks what a task with a command mounts.</summary>
    public static void CheckTask(string path, FlowTask task, FlowSpec flow, List<StatusCause> causes)
    {
        CheckMounts(path, task.Mounts, flow, causes);
        if (task.Cache is not { } cache)
            return;
        var mounts = Mounts(task, flow.Defaults);
        if (mounts.Exists(m => m.Volume is not null))
            causes.Add(StatusCause.Forbidden($"{path}.cache", "the task mounts a volume of the run, and what that holds is no part of a result; hand it on as an output, or take cache out"));

        // What a claim holds can change between two runs. Only the author can know by what, and only of one that the task leaves as it is.
        if (mounts.Find(m => m.Claim is not null && !(m.ReadOnly == true && cache.Key is { Length: > 0 })) is { Claim: { } claim })
        {
            causes.Add(StatusCause.Forbidden(
                $"{path}.cache",
                $"the task mounts the claim {claim}, and what that holds is no part of a result; hand it on as an output, or take cache out; or mount it with readOnly: true and say in cache.key what the result depends on of it"));
        }
    }

    private static List<TaskMount> Mounts(FlowTask task, TaskDefaults? defaults) => task.Mounts ?? defaults?.Mounts ?? [];

    private static void CheckMounts(string path, List<TaskMount>? mounts, FlowSpec flow, List<StatusCause> causes)
    {
        var names = (flow.Volumes ?? []).Select(v => v.Name).ToList();
        for (var i = 0; i < (mounts?.Count ?? 0); i++)
        {
            if (mounts![i].Volume is { } name && !names.Contains(name))
                causes.Add(StatusCause.Invalid($"{path}.mounts[{i}].volume", $"\"{name}\"", $"there is no volume {name}{NearestName.Hint(name, names)}; volumes are declared in spec.volumes"));
        }
    }
}
