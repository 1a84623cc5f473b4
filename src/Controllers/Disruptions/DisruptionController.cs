using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Tells in the status of each disruption budget how many of its pods may be evicted now.</summary>
internal sealed class DisruptionController(Informer<BudgetView> budgets, InformerIndex<PodView> podsByNamespace, ExpectedScale scale, IApi api, EventRecorder events, TimeProvider clock) : IReconciler
{
    public static void Register(ControllerHost host)
    {
        var budgets = host.Informer(Kinds.Budgets);
        var pods = host.Informer(Kinds.Pods);
        var (deployments, sets, stateful) = (host.Informer(Kinds.Deployments), host.Informer(Kinds.ReplicaSets), host.Informer(Kinds.StatefulSets));
        var byNamespace = budgets.AddIndex(static budget => [budget.Metadata.NamespaceProperty ?? ""]);
        var controller = new DisruptionController(budgets, PodView.ByNamespace(pods),
            new(deployments, sets, stateful, host.Api), host.Api, host.Events("controllermanager"), host.Clock);
        host.Add("disruption", controller, workers: 2)
            .For(budgets)
            .Watches(pods, change => byNamespace.Find(change.Key.Namespace)
                .Where(budget => (change.Old is { } old && budget.Spec.Selector.Selects(old)) || (change.New is { } now && budget.Spec.Selector.Selects(now)))
                .Select(Kinds.Budgets.KeyOf))
            // A changed size changes what is expected.
            .Watches(deployments, change => change.Old?.Replicas != change.New?.Replicas ? InNamespaceOf(change.Key) : [])
            .Watches(sets, change => change.Old?.Replicas != change.New?.Replicas ? InNamespaceOf(change.Key) : [])
            .Watches(stateful, change => change.Old?.Replicas != change.New?.Replicas ? InNamespaceOf(change.Key) : []);

        IEnumerable<ObjectKey> InNamespaceOf(ObjectKey key) => byNamespace.Find(key.Namespace).Select(Kinds.Budgets.KeyOf);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (budgets.Get(key) is not { } budget)
            return Result.Done;
        var pods = podsByNamespace.Find(key.Namespace).Where(pod => budget.Spec.Selector.Selects(pod)).ToList();
        int expected;
        try
        {
            expected = BudgetPlan.NeedsScale(budget) ? await scale.OfAsync(key.Namespace, pods, cancellation) : 0;
        }
        catch (ApiException e)
        {
            events.Warning(budget, "CalculateExpectedPodCountFailed", $"Failed to calculate the number of expected pods: {e.Message}");
            await WriteAsync(budget, BudgetPlan.Failed(budget, e.Message, Now), cancellation);
            throw;
        }
        var plan = BudgetPlan.For(budget, pods, expected, gone: [], Now);
        // Only the API itself says that a pod has not gone: the cache may be behind.
        if (plan.NotDeleted.Count > 0 && await GoneAsync(pods.Where(pod => plan.NotDeleted.Contains(pod.Metadata.Name)), cancellation) is { Count: > 0 } gone)
            plan = BudgetPlan.For(budget, pods, expected, gone, Now);
        if (pods.Count == 0)
            events.Normal(budget, "NoPods", "No matching pods found");
        foreach (var pod in plan.NotDeleted)
            events.Warning(budget, "NotDeleted", $"Pod {key.Namespace}/{pod} was expected to be deleted by PDB {budget.Metadata.Name} but it wasn't");
        await WriteAsync(budget, plan.Status, cancellation);
        return plan.Again is { } delay ? Result.After(delay) : Result.Done;
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private async Task<List<string>> GoneAsync(IEnumerable<PodView> pods, CancellationToken cancellation)
    {
        var gone = new List<string>();
        foreach (var pod in pods)
            if (await api.GetAsync(Kinds.Pods, pod.Metadata.NamespaceProperty, pod.Metadata.Name, cancellation) is not { IsBeingDeleted: false } live || live.Uid != pod.Uid)
                gone.Add(pod.Metadata.Name);
        return gone;
    }

    private async Task WriteAsync(BudgetView budget, BudgetStatusView status, CancellationToken cancellation)
    {
        var from = Kinds.Budgets.ToDocument(budget)["status"] as JsonObject ?? [];
        var to = Kinds.Budgets.ToDocument(budget with { Status = status })["status"] as JsonObject ?? [];
        if (MergeDiff.Between(from, to) is not { } difference)
            return;
        // Evictions count in the same status: never over one that has not been seen.
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = budget.Metadata.Uid, ["resourceVersion"] = budget.Metadata.ResourceVersion },
            ["status"] = difference,
        };
        await api.PatchAsync(Kinds.Budgets, budget.Metadata.NamespaceProperty, budget.Metadata.Name, patch, subresource: "status", cancellation: cancellation);
    }
}
