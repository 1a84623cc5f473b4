using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;

namespace Slipway.ApiServer.Subresources.Evicting;

/// <summary>What an eviction does: pure decisions over the pod and the disruption budgets of its namespace.</summary>
internal static class EvictionDecision
{
    private const int MaxDisruptedPods = 2000;
    private const int RetrySeconds = 10;
    private const string Refusal = "Cannot evict pod as it would violate the pod's disruption budget.";
    private const string Allowed = "DisruptionAllowed";

    /// <summary>Whether no budget is asked: the pod has ended, has not begun, or is going anyway.</summary>
    public static bool IgnoresBudgets(JsonObject pod) => Phase(pod) is "Succeeded" or "Failed" or "Pending" || pod.IsBeingDeleted;

    /// <summary>Whether the pod could come to count for a budget before it is gone, so that it must not have changed.</summary>
    public static bool MustBeUnchanged(JsonObject pod) => Phase(pod) is not ("Succeeded" or "Failed") && !pod.IsBeingDeleted;

    /// <summary>The budgets that count a pod. One without a selector counts none.</summary>
    public static IReadOnlyList<JsonObject> BudgetsOf(JsonObject pod, IEnumerable<JsonObject> budgets) => [.. budgets.Where(b => Selects(b, pod))];

    /// <summary>Whether an unhealthy pod may go without counting as a disruption.</summary>
    public static bool IsFree(JsonObject pod, JsonObject budget)
    {
        if (IsReady(pod)) return false;
        var status = budget.Object("status") ?? [];
        var desired = status.Integer("desiredHealthy") ?? 0;
        return budget.Object("spec")?.Text("unhealthyPodEvictionPolicy") == "AlwaysAllow"
            || ((status.Integer("currentHealthy") ?? 0) >= desired && desired > 0);
    }

    /// <summary>The status of a budget after one more disruption.</summary>
    /// <exception cref="ApiException">429 or 403: the budget does not allow one.</exception>
    public static JsonObject Disrupted(JsonObject budget, string pod, DateTimeOffset now)
    {
        var status = (JsonObject)(budget.Object("status")?.DeepClone() ?? new JsonObject());
        var allowed = status.Integer("disruptionsAllowed") ?? 0;
        if ((status.Integer("observedGeneration") ?? 0) < budget.Generation) throw StillProcessed(budget.Name);
        if (allowed < 0) throw Forbidden(budget, "pdb disruptions allowed is negative");
        if (status.Object("disruptedPods")?.Count > MaxDisruptedPods)
            throw Forbidden(budget, "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
        if (allowed == 0) throw TooManyRequests(Why(budget, status), null);

        status["disruptionsAllowed"] = allowed - 1;
        if (allowed == 1) SetNotAllowed(status, budget.Generation, now);
        status.ObjectOrNew("disruptedPods")[pod] = Meta.FormatTime(now);
        return status;
    }

    /// <summary>429: the budget's controller has yet to see what happened.</summary>
    public static ApiException StillProcessed(string budget) =>
        TooManyRequests($"The disruption budget {budget} is still being processed by the server.", RetrySeconds);

    /// <summary>500, as Kubernetes answers: several budgets count the pod.</summary>
    public static ApiException SeveralBudgets() =>
        new(500, "", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");

    private static string Why(JsonObject budget, JsonObject status)
    {
        var failed = status.Objects("conditions").FirstOrDefault(c => c.Text("type") == Allowed && c.Text("reason") == "SyncFailed");
        return failed is null
            ? $"The disruption budget {budget.Name} needs {status.Integer("desiredHealthy") ?? 0} healthy pods and has {status.Integer("currentHealthy") ?? 0} currently"
            : $"The disruption budget {budget.Name} does not allow evicting pods currently because it failed sync: {failed.Text("message")}";
    }

    private static void SetNotAllowed(JsonObject status, long generation, DateTimeOffset now)
    {
        if (status.Array("conditions") is not { } conditions) status["conditions"] = conditions = [];
        var old = conditions.OfType<JsonObject>().FirstOrDefault(c => c.Text("type") == Allowed);
        var since = old?.Text("status") == "False" ? old.Text("lastTransitionTime") : null;
        if (old is not null) conditions.Remove(old);
        conditions.Add((JsonNode)new JsonObject
        {
            ["type"] = Allowed,
            ["status"] = "False",
            ["observedGeneration"] = generation,
            ["lastTransitionTime"] = since ?? Meta.FormatTime(now),
            ["reason"] = "InsufficientPods",
            ["message"] = "",
        });
    }

    private static bool Selects(JsonObject budget, JsonObject pod)
    {
        if (budget.Object("spec")?.Object("selector") is not { } selector) return false;
        try
        {
            var parsed = LabelSelector.FromJson(selector);
            return !parsed.SelectsEverything && parsed.Matches(pod.Labels);
        }
        catch (ApiException)
        {
            // A selector that means nothing selects nothing.
            return false;
        }
    }

    private static bool IsReady(JsonObject pod) =>
        pod.Object("status")?.Objects("conditions").Any(c => c.Text("type") == "Ready" && c.Text("status") == "True") == true;

    private static string? Phase(JsonObject pod) => pod.Object("status")?.Text("phase");

    private static ApiException TooManyRequests(string cause, int? retrySeconds) => new(429, "TooManyRequests", Refusal)
    {
        Causes = [new StatusCause("DisruptionBudget", "", cause)],
        RetryAfterSeconds = retrySeconds,
    };

    private static ApiException Forbidden(JsonObject budget, string why) =>
        new(403, "Forbidden", $"poddisruptionbudgets.policy \"{budget.Name}\" is forbidden: {why}") { Group = "policy", Kind = "poddisruptionbudgets", Name = budget.Name };
}
