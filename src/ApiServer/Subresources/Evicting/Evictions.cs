using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.CustomResources;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Writes;

namespace Slipway.ApiServer.Subresources.Evicting;

/// <summary>
/// POST to <c>pods/NAME/eviction</c>: deletes a pod if its disruption budget allows that
/// (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/"/>).
/// </summary>
/// <param name="reader">Finds the pod.</param>
/// <param name="definitions">Knows the budgets' resource.</param>
/// <param name="admission">Admits the eviction.</param>
/// <param name="api">The API as the server itself: who may evict need not be allowed to delete.</param>
/// <param name="clock">Time of the disruption.</param>
internal sealed class Evictions(ObjectReader reader, CustomResourceService definitions, AdmissionChain admission, IApi api, TimeProvider clock)
{
    private const int Attempts = 20;
    private const string Budgets = "poddisruptionbudgets";

    public async ValueTask<Reply> EvictAsync(WriteContext context, CancellationToken cancellation)
    {
        // 1. What is asked for?
        var eviction = RequestDocument.Read(context.Request);
        if (eviction.Kind is not ("" or "Eviction")) throw ApiException.BadRequest($"the body must be an Eviction, not {eviction.Kind}");
        if (eviction.Name.Length > 0 && eviction.Name != context.Path.Name) throw ApiException.BadRequest("name in URL does not match name in Eviction object");
        var options = (JsonObject)(eviction.Object("deleteOptions")?.DeepClone() ?? new JsonObject());
        var isDry = IsDry(context, options);
        await admission.AdmitAsync(context, Operation.Create, eviction, null, cancellation);

        // 2. May it be disturbed, and if so, who is told? The pod may change meanwhile: then it is looked at again.
        var demandsVersion = options.Object("preconditions")?.ContainsKey("resourceVersion") == true;
        for (var attempt = 1; ; attempt++)
        {
            var item = await reader.FindAsync(context.Resource, context.Path.Namespace, context.Path.Name, null, cancellation);
            var pod = Committer.Parse(context.Resource, item);
            string? free = null;
            var pinned = false;
            if (EvictionDecision.IgnoresBudgets(pod))
            {
                pinned = EvictionDecision.MustBeUnchanged(pod);
            }
            else if (BudgetOf(context, pod) is { } budget)
            {
                if (EvictionDecision.IsFree(pod, budget)) (free, pinned) = (budget.Name, true);
                else await DisruptAsync(budget, pod, isDry, cancellation);
            }

            // 3. Delete it.
            var conflict = await DeleteAsync(pod, options, pinned && !demandsVersion, isDry, cancellation);
            if (conflict is null) return StatusBody.Success(201);
            if (demandsVersion || !pinned) throw conflict;
            if (free is not null) throw EvictionDecision.StillProcessed(free);
            if (attempt == Attempts) throw conflict;
        }
    }

    private JsonObject? BudgetOf(WriteContext context, JsonObject pod)
    {
        var resource = Resource();
        var all = resource.Cache.Objects.Range(resource.CollectionPrefix(context.Path.Namespace)).Select(i => Committer.Parse(resource, i));
        var counting = EvictionDecision.BudgetsOf(pod, all);
        return counting.Count > 1 ? throw EvictionDecision.SeveralBudgets() : (counting.Count == 1 ? counting[0] : null);
    }

    // Counts the disruption in the budget's status; from its newest state again when its controller was faster.
    private async ValueTask DisruptAsync(JsonObject budget, JsonObject pod, bool isDry, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var status = EvictionDecision.Disrupted(budget, pod.Name, clock.GetUtcNow());
            if (isDry) return;
            budget["status"] = status;
            var path = $"/apis/policy/v1/namespaces/{Uri.EscapeDataString(budget.Namespace)}/{Budgets}/{Uri.EscapeDataString(budget.Name)}/status";
            await using var written = await api.SendAsync(new ApiRequest("PUT", path) { Body = JsonBytes.Of(budget) }, cancellation);
            if (written.IsSuccess) return;
            if (written.StatusCode != 409) throw Refused(written);
            if (attempt == Attempts) throw ApiException.Timeout($"couldn't update PodDisruptionBudget \"{budget.Name}\" due to conflicts");
            var item = await reader.FindAsync(Resource(), budget.Namespace, budget.Name, null, cancellation);
            budget = Committer.Parse(Resource(), item);
        }
    }

    /// <returns>What stood in the way; null when the pod is going.</returns>
    private async ValueTask<ApiException?> DeleteAsync(JsonObject pod, JsonObject options, bool isPinned, bool isDry, CancellationToken cancellation)
    {
        var path = $"/api/v1/namespaces/{Uri.EscapeDataString(pod.Namespace)}/pods/{Uri.EscapeDataString(pod.Name)}";
        var version = pod.ResourceVersion;
        if (!isDry && !pod.IsBeingDeleted && await MarkAsync(path, isPinned ? version : null, cancellation) is var (marked, refusal))
        {
            if (refusal is not null) return refusal;
            version = marked;
        }
        var wanted = (JsonObject)options.DeepClone();
        if (isPinned) wanted.ObjectOrNew("preconditions")["resourceVersion"] = version;
        wanted.Remove("dryRun");
        await using var deleted = await api.SendAsync(new ApiRequest("DELETE", isDry ? path + "?dryRun=All" : path) { Body = JsonBytes.Of(wanted) }, cancellation);
        return deleted.IsSuccess ? null : deleted.StatusCode == 409 ? Refused(deleted) : throw Refused(deleted);
    }

    // Says in the pod's status why it ends.
    private async ValueTask<(string Version, ApiException? Refusal)> MarkAsync(string path, string? version, CancellationToken cancellation)
    {
        var now = Meta.FormatTime(clock.GetUtcNow());
        var patch = new JsonObject
        {
            ["status"] = new JsonObject
            {
                ["conditions"] = new JsonArray(new JsonObject
                {
                    ["type"] = "DisruptionTarget",
                    ["status"] = "True",
                    ["lastTransitionTime"] = now,
                    ["reason"] = "EvictionByEvictionAPI",
                    ["message"] = "Eviction API: evicting",
                }),
            },
        };
        if (version is not null) patch["metadata"] = new JsonObject { ["resourceVersion"] = version };
        await using var marked = await api.SendAsync(new ApiRequest("PATCH", path + "/status") { Body = JsonBytes.Of(patch), ContentType = MediaTypes.StrategicMergePatch }, cancellation);
        if (marked.StatusCode == 409) return ("", Refused(marked));
        if (!marked.IsSuccess) throw Refused(marked);
        return (((JsonObject)JsonNode.Parse(marked.Body.Span, documentOptions: Nesting.Document)!).ResourceVersion, null);
    }

    private static bool IsDry(WriteContext context, JsonObject options)
    {
        var asked = options.Array("dryRun")?.Select(d => d.AsText() ?? "").ToArray() ?? [];
        if (asked.Length > 0 && context.DryRun && !asked.SequenceEqual(["All"]))
            throw ApiException.BadRequest($"Non-matching dry-run options in request and content: [All] and [{string.Join(' ', asked)}]");
        return context.DryRun || asked.Contains("All");
    }

    private ServedResource Resource() => definitions.Catalog.Find("policy", "v1", Budgets) ?? throw new InvalidOperationException("disruption budgets are not served");

    private static ApiException Refused(ApiResponse response)
    {
        var status = JsonNode.Parse(response.Body.Span, documentOptions: Nesting.Document) as JsonObject ?? [];
        var details = status.Object("details") ?? [];
        return new(response.StatusCode, status.Text("reason") ?? "", status.Text("message") ?? "")
        {
            Group = details.Text("group"),
            Kind = details.Text("kind"),
            Name = details.Text("name"),
        };
    }
}
