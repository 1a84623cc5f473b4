using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>A pod reduced to what scaling by its metrics needs. It is read when it is needed, and not cached.</summary>
[KubernetesEntity(Group = "", Kind = "Pod", ApiVersion = "v1", PluralName = "pods")]
internal sealed class ScaledPodView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public ScaledPodSpec Spec { get; set; } = new();
    public ScaledPodStatus? Status { get; set; }

    public string Name => Metadata.Name;

    public string Phase => Status?.Phase ?? "Pending";

    public PodCondition? Ready => Status?.Conditions?.Find(condition => condition.Type == "Ready");
}

internal sealed class ScaledPodSpec
{
    public List<ScaledContainer>? Containers { get; set; }
    public List<ScaledContainer>? InitContainers { get; set; }
    public RequestsView? Resources { get; set; }

    /// <summary>The containers that run as long as the pod does.</summary>
    public IEnumerable<ScaledContainer> Running => (Containers ?? []).Concat((InitContainers ?? []).Where(container => container.RestartPolicy == "Always"));
}

internal sealed class ScaledContainer
{
    public string Name { get; set; } = "";
    public string? RestartPolicy { get; set; }
    public RequestsView? Resources { get; set; }
}

internal sealed class RequestsView
{
    public Dictionary<string, string>? Requests { get; set; }
}

internal sealed class ScaledPodStatus
{
    public string? Phase { get; set; }
    public DateTime? StartTime { get; set; }
    public List<PodCondition>? Conditions { get; set; }
}
