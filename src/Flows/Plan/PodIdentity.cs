using System.Globalization;
using k8s.Models;

namespace Slipway.Flows;

/// <summary>Which attempt a pod is.</summary>
/// <param name="Task">Name of the task.</param>
/// <param name="Index">Index in forEach; null for a task without.</param>
/// <param name="Attempt">Number of the attempt, from 1.</param>
internal sealed record PodIdentity(string Task, int? Index, int Attempt)
{
    /// <summary>Reads the labels of a pod; null if it is no flow pod.</summary>
    public static PodIdentity? Of(V1Pod pod)
    {
        var labels = pod.Metadata.Labels;
        if (labels is null || !labels.TryGetValue(FlowNames.TaskLabel, out var task) || !labels.TryGetValue(FlowNames.AttemptLabel, out var attempt)
            || !int.TryParse(attempt, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        return labels.TryGetValue(FlowNames.IndexLabel, out var text)
            ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? new PodIdentity(task, index, number) : null
            : new PodIdentity(task, null, number);
    }
}
