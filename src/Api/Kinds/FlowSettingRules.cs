namespace Slipway.Api.Kinds;

/// <summary>Rules of the settings that a task has itself or from the flow's defaults.</summary>
internal static class FlowSettingRules
{
    private static readonly string[] Reserved =
        ["SLIPWAY_RUN", "SLIPWAY_TASK", "SLIPWAY_ATTEMPT", "SLIPWAY_ITEM", "SLIPWAY_ITERATION", "SLIPWAY_PARAMS", "SLIPWAY_START", "SLIPWAY_END"];

    public static void Check(
        string path,
        TaskRetries? retries,
        string? timeout,
        TaskResources? resources,
        OnOutOfMemory? onOutOfMemory,
        List<TaskEnvironment>? env,
        List<StatusCause> causes)
    {
        if (retries?.Backoff is { } backoff && !FlowDuration.TryParse(backoff, out _))
            causes.Add(StatusCause.Invalid($"{path}.retries.backoff", $"\"{backoff}\"", FlowDuration.Form));
        if (timeout is not null && (!FlowDuration.TryParse(timeout, out var duration) || duration < TimeSpan.FromSeconds(1)))
            causes.Add(StatusCause.Invalid($"{path}.timeout", $"\"{timeout}\"", $"{FlowDuration.Form}, at least 1s"));
        CheckQuantity($"{path}.resources.cpu", resources?.Cpu, causes);
        var memory = CheckQuantity($"{path}.resources.memory", resources?.Memory, causes);
        if (onOutOfMemory is not null)
        {
            var limit = CheckQuantity($"{path}.onOutOfMemory.limit", onOutOfMemory.Limit, causes);
            if (limit is not null && memory is not null && limit.Value.ToBytes() < memory.Value.ToBytes())
                causes.Add(StatusCause.Invalid($"{path}.onOutOfMemory.limit", $"\"{onOutOfMemory.Limit}\"", $"must not be less than resources.memory ({resources!.Memory})"));
        }

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

    private static Quantity? CheckQuantity(string field, string? text, List<StatusCause> causes)
    {
        if (text is null)
            return null;
        if (Quantity.TryParse(text, out var quantity) && quantity.ToMilli() > 0)
            return quantity;
        causes.Add(StatusCause.Invalid(field, $"\"{text}\"", "must be a quantity greater than zero, such as 500m or 256Mi"));
        return null;
    }
}
