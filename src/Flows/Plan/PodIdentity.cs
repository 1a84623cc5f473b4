using System.Globalization;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Which attempt a pod is.</summary>
/// <param name="Path">Where in the run.</param>
/// <param name="Attempt">Number of the attempt, from 1.</param>
public sealed record PodIdentity(TaskPath Path, int Attempt)
{
    /// <summary>Which of the pods of the attempt, from 0; null for a task without replicas.</summary>
    public int? Replica { get; init; }

    /// <summary>The pod as messages and logs name it: <c>train</c>, or <c>train in replica 2</c>.</summary>
    public string Label => Replica is { } replica ? string.Create(CultureInfo.InvariantCulture, $"{Path} in replica {replica}") : Path.Text;

    /// <summary>Reads the labels and the annotation of a pod; null if it is no flow pod. A pod without the annotation is of a task of the run's own flow.</summary>
    public static PodIdentity? Of(V1Pod pod)
    {
        var labels = pod.Metadata.Labels;
        if (labels is null || !labels.TryGetValue(FlowNames.TaskLabel, out var task) || !labels.TryGetValue(FlowNames.AttemptLabel, out var attempt)
            || !int.TryParse(attempt, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        var text = pod.Metadata.Annotations?.TryGetValue(FlowNames.PathAnnotation, out var annotated) == true ? annotated
            : labels.TryGetValue(FlowNames.IndexLabel, out var index) ? $"{task}[{index}]" : task;
        int? replica = labels.TryGetValue(FlowNames.ReplicaLabel, out var member) && int.TryParse(member, NumberStyles.None, CultureInfo.InvariantCulture, out var r) ? r : null;
        return TaskPath.TryParse(text) is { } path ? new PodIdentity(path, number) { Replica = replica } : null;
    }
}
