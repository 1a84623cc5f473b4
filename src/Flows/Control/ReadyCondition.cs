using k8s.Models;

namespace Slipway.Flows;

/// <summary>The condition <c>Ready</c> of kinds that stand for something outside of the cluster.</summary>
internal static class ReadyCondition
{
    private const string Type = "Ready";

    /// <summary>The condition among others; null when it was never told.</summary>
    public static V1Condition? In(List<V1Condition>? conditions) => conditions?.Find(c => c.Type == Type);

    /// <summary>The condition as it is to be told; its time changes with its status alone.</summary>
    /// <param name="before">As it was told last.</param>
    /// <param name="generation">Generation of the object that it is about.</param>
    /// <param name="status">True or False.</param>
    /// <param name="reason">Why, in one word.</param>
    /// <param name="message">Why, for people.</param>
    /// <param name="now">The time.</param>
    public static V1Condition Of(V1Condition? before, long? generation, string status, string reason, string message, DateTimeOffset now) => new()
    {
        Type = Type,
        Status = status,
        Reason = reason,
        Message = message,
        ObservedGeneration = generation,
        LastTransitionTime = before?.Status == status ? before.LastTransitionTime : now.UtcDateTime,
    };
}
