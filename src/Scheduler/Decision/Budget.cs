using Slipway.Api.Selectors;

namespace Slipway.Scheduler;

/// <summary>How many pods of a kind may be disrupted (PodDisruptionBudget).</summary>
/// <param name="Namespace">Where its pods are.</param>
/// <param name="Selector">Selects them; null selects none.</param>
/// <param name="Allowed">How many may go now.</param>
internal sealed record Budget(string Namespace, LabelSelector? Selector, int Allowed)
{
    public static Budget Of(BudgetView view) => new(
        view.Metadata.NamespaceProperty ?? "",
        view.Spec.Selector is { } selector ? LabelSelector.FromJson(selector) : null,
        view.Status?.DisruptionsAllowed ?? 0);

    /// <summary>Whether a pod counts.</summary>
    public bool Covers(PodDemand pod) => pod.Key.Namespace == Namespace && Selector?.Matches(pod.Labels) == true;
}
