namespace Slipway.Api.Kinds;

/// <summary>Rules of the settings that a task has itself or from the flow's defaults.</summary>
internal static class FlowSettingRules
{
    private static readonly string[] Reserved =
    [
        "SLIPWAY_RUN", "SLIPWAY_TASK", "SLIPWAY_ATTEMPT", "SLIPWAY_ITEM", "SLIPWAY_ITERATION", "SLIPWAY_PARAMS", "SLIPWAY_START", "SLIPWAY_END",
        "SLIPWAY_REPLICA", "SLIPWAY_REPLICAS", "SLIPWAY_PEERS",
    ];

    public static void Check(string path, TaskOptions options, List<StatusCause> causes)
    {
        CheckRetries($"{path}.retries", options.Retries, causes);
        CheckSpan($"{path}.timeout", options.Timeout, causes);
        CheckSpan($"{path}.waitLimit", options.WaitLimit, causes);
        FlowPodRules.Check(path, options, causes);
        var resources = options.Resources;
        CheckQuantity($"{path}.resources.cpu", resources?.Cpu, causes);
        var memory = CheckQuantity($"{path}.resources.memory", resources?.Memory, causes);
        if (options.OnOutOfMemory is { } onOutOfMemory)
        {
            var limit = CheckQuantity($"{path}.onOutOfMemory.limit", onOutOfMemory.Limit, causes);
            if (limit is not null && memory is not null && limit.Value.ToBytes() < memory.Value.ToBytes())
                causes.Add(StatusCause.Invalid($"{path}.onOutOfMemory.limit", $"\"{onOutOfMemory.Limit}\"", $"must not be less than resources.memory ({resources!.Memory})"));
        }

        CheckEnvironment(path, options.Env, causes);
    }

    /// <summary>Rules of the field <c>env</c> below a path.</summary>
    public static void CheckEnvironment(string path, List<TaskEnvironment>? env, List<StatusCause> causes)
    {
        for (var i = 0; i < (env?.Count ?? 0); i++)
        {
            var variable = env![i];
            var field = $"{path}.env[{i}]";
            if (Reserved.Contains(variable.Name))
                causes.Add(StatusCause.Forbidden($"{field}.name", $"{variable.Name} is set by Slipway; choose another name"));
            if (variable.Value is not null && variable.ValueFrom is not null)
                causes.Add(StatusCause.Forbidden($"{field}.valueFrom", "value is set too; write one of them"));
            if (variable.ValueFrom is { } from && from.SecretKeyRef is null == from.ConfigMapKeyRef is null)
                causes.Add(StatusCause.Invalid($"{field}.valueFrom", "{}", "must have one of secretKeyRef and configMapKeyRef"));
        }
    }

    /// <summary>A duration of at least a second.</summary>
    public static void CheckSpan(string field, string? text, List<StatusCause> causes)
    {
        if (text is not null && (!FlowDuration.TryParse(text, out var duration) || duration < TimeSpan.FromSeconds(1)))
            causes.Add(StatusCause.Invalid(field, $"\"{text}\"", $"{FlowDuration.Form}, at least 1s"));
    }

    private static void CheckRetries(string path, TaskRetries? retries, List<StatusCause> causes)
    {
        RetryBackoff.Parse(retries?.Backoff, (field, value, problem) => causes.Add(StatusCause.Invalid($"{path}.backoff{field}", value, problem)));
        if (retries?.Only is { ExitCodes: null, Reasons: null })
            causes.Add(StatusCause.Required($"{path}.only", "exitCodes or reasons of the failures to try again"));
        for (var i = 0; i < (retries?.Only?.ExitCodes?.Count ?? 0); i++)
        {
            if (retries!.Only!.ExitCodes![i] is < 1 or > 255)
                causes.Add(StatusCause.Invalid($"{path}.only.exitCodes[{i}]", $"{retries.Only.ExitCodes[i]}", "must be from 1 to 255"));
        }
    }

    /// <summary>A quantity greater than zero; null if there is none.</summary>
    public static Quantity? CheckQuantity(string field, string? text, List<StatusCause> causes)
    {
        if (text is null)
            return null;
        if (Quantity.TryParse(text, out var quantity) && quantity.ToMilli() > 0)
            return quantity;
        causes.Add(StatusCause.Invalid(field, $"\"{text}\"", "must be a quantity greater than zero, such as 500m or 256Mi"));
        return null;
    }
}
