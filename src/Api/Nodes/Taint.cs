using System.Text.Json.Serialization;

namespace Slipway.Api.Nodes;

/// <summary>What keeps pods away from a node (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"/>).</summary>
public sealed record Taint
{
    /// <summary>What it is about.</summary>
    public string Key { get; set; } = "";

    /// <summary>More of what it is about; none when null or empty.</summary>
    public string? Value { get; set; }

    /// <summary><c>NoSchedule</c>, <c>PreferNoSchedule</c> or <c>NoExecute</c>.</summary>
    public string Effect { get; set; } = "";

    /// <summary>Since when it is there, where that is told.</summary>
    public DateTime? TimeAdded { get; set; }

    /// <summary>Whether it lets no pod come that does not tolerate it; otherwise it asks only that others be preferred.</summary>
    [JsonIgnore]
    public bool Forbids => Effect is "NoSchedule" or "NoExecute";

    /// <summary>Whether any of a pod's tolerations covers it.</summary>
    public bool IsTolerated(IReadOnlyList<Toleration> tolerations)
    {
        for (var i = 0; i < tolerations.Count; i++)
            if (tolerations[i].Tolerates(this))
                return true;
        return false;
    }
}
