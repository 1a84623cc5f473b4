using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Pods;

/// <summary>Pods that are not as declared for the same reason, told as one.</summary>
internal static class PodGroups
{
    /// <summary>A cause for each reason, with the names of its pods; none when all pods are as declared.</summary>
    public static IReadOnlyList<Cause> Of(Inquiry inquiry, IEnumerable<JsonObject> pods)
    {
        var groups = new List<(List<JsonObject> Pods, IReadOnlyList<Cause> Causes)>();
        foreach (var pod in pods.OrderBy(pod => pod.CreationTimestamp).ThenBy(pod => pod.Name, StringComparer.Ordinal))
        {
            var causes = PodCauses.Of(inquiry, pod);
            if (causes.Count == 0)
                continue;
            var group = groups.Find(group => group.Causes.Count == causes.Count && group.Causes.Zip(causes).All(pair => pair.First.IsLike(pair.Second)));
            if (group.Pods is not null)
                group.Pods.Add(pod);
            else
                groups.Add(([pod], causes));
        }
        return [.. groups.Select(group => new Cause(group.Pods is [var only]
            ? $"Pod {only.Name} {PodCauses.State(only)}"
            : $"Pods {Words.List(group.Pods.Select(pod => pod.Name))} {PodCauses.State(group.Pods[0], several: true)}") { Because = group.Causes })];
    }
}
