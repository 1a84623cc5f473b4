using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;
using Slipway.Cli.Why.Pods;

namespace Slipway.Cli.Why.Workloads;

/// <summary>Why a PodDisruptionBudget lets no pod be evicted, which stops drains.</summary>
internal static class BudgetCauses
{
    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject budget)
    {
        var status = budget.Object("status") ?? [];
        if ((status.Integer("disruptionsAllowed") ?? 0) > 0)
            return [];
        var (healthy, desired, expected) = (status.Integer("currentHealthy") ?? 0, status.Integer("desiredHealthy") ?? 0, status.Integer("expectedPods") ?? 0);
        var name = $"pdb/{budget.Name}";
        if (expected == 0)
            return [new Cause("Its selector matches no pod that something keeps") { Remedy = new("Correct the selector") { Object = name, Path = "spec.selector" } }];
        if (healthy < desired)
        {
            var selector = LabelSelector.FromJson(budget.Object("spec")?.Object("selector") ?? []);
            return [new Cause($"{healthy} of its {expected} pods are healthy, and {desired} must be: none may be evicted")
            {
                Because = PodGroups.Of(inquiry, inquiry.List(KindName.Pod, budget.Namespace).Where(pod => selector.Matches(pod.Labels))),
            }];
        }
        var field = budget.Object("spec")?.ContainsKey("maxUnavailable") == true ? "maxUnavailable" : "minAvailable";
        return [new Cause($"It wants {desired} of {expected} pods to be healthy all the time ({field}: {budget.Object("spec")?[field]?.ToString()}), and just {healthy} are: none may be evicted, and a drain waits for ever")
        {
            Remedy = new("Let one be away, or run one more pod") { Object = name, Path = $"spec.{field}", Value = field == "maxUnavailable" ? "1" : expected > 1 ? $"{expected - 1}" : "0" },
        }];
    }

    /// <summary>How many may be evicted, in one sentence.</summary>
    public static string State(JsonObject budget) => budget.At("status.disruptionsAllowed").AsInteger() is { } allowed and > 0
        ? $"{Words.Count(allowed, "pod")} may be evicted" : "no pod may be evicted";

    /// <summary>Whether enough of its pods are healthy, so that it does what it is to do although it stops drains.</summary>
    public static bool IsKept(JsonObject budget) => (budget.At("status.expectedPods").AsInteger() ?? 0) > 0
        && (budget.At("status.currentHealthy").AsInteger() ?? 0) >= (budget.At("status.desiredHealthy").AsInteger() ?? 0);
}
