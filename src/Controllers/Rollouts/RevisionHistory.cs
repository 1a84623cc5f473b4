using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>The revisions of one kind of owner.</summary>
/// <param name="revisions">All of them.</param>
/// <param name="hashLabel">Label of a revision with the hash of its template.</param>
/// <param name="api">The API.</param>
internal sealed class RevisionHistory(OwnedObjects<ControllerRevisionView> revisions, string hashLabel, IApi api)
{
    /// <summary>The cache behind it.</summary>
    public Informer<ControllerRevisionView> Cache => revisions.Cache;

    /// <summary>The revision of the owner's template, created if it is missing, and all that the owner has, this one included.</summary>
    /// <param name="owners">Resource of the owner.</param>
    /// <param name="owner">The owner.</param>
    /// <param name="template">Its template.</param>
    /// <param name="collisions">How often another template had the same hash.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Null for the revision when its name is another's: it is to be tried with one more collision.</returns>
    public async Task<(ControllerRevisionView? Current, IReadOnlyList<ControllerRevisionView> All)> SyncAsync<TOwner>(
        Resource<TOwner> owners, TOwner owner, JsonObject? template, int collisions, CancellationToken cancellation)
        where TOwner : class, IWorkload
    {
        var claims = Claims<ControllerRevisionView>.Of(owner, revisions.Candidates(owner));
        await revisions.SettleAsync(owners, owner, claims, cancellation);
        var plan = RevisionPlan.For(template, claims.Own);
        if (plan.Current is null)
            return await CreateAsync(owner, template, plan.Number, collisions, cancellation) is { } created ? (created, [.. claims.Own, created]) : (null, claims.Own);
        if (plan.Current.Revision == plan.Number)
            return (plan.Current, claims.Own);
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = plan.Current.Metadata.Uid }, ["revision"] = plan.Number };
        var raised = await api.PatchAsync(Kinds.ControllerRevisions, owner.Metadata.NamespaceProperty, plan.Current.Name, patch, cancellation: cancellation);
        return (raised, [.. claims.Own.Where(revision => revision != plan.Current), raised]);
    }

    /// <summary>Deletes revisions.</summary>
    public async Task DeleteAsync(IEnumerable<ControllerRevisionView> forgotten, CancellationToken cancellation)
    {
        foreach (var revision in forgotten)
            await api.DeleteAsync(Kinds.ControllerRevisions, revision.Metadata.NamespaceProperty, revision.Name, new() { Uid = revision.Metadata.Uid }, cancellation);
    }

    /// <summary>The hash of a revision's template, as its label says.</summary>
    public string HashOf(ControllerRevisionView revision) => revision.Metadata.Labels is { } labels && labels.TryGetValue(hashLabel, out var hash) ? hash : "";

    private async Task<ControllerRevisionView?> CreateAsync(IWorkload owner, JsonObject? template, long number, int collisions, CancellationToken cancellation)
    {
        var data = RevisionPlan.DataOf(template);
        var hash = PodTemplate.HashOf(data, collisions);
        var name = $"{owner.Metadata.Name}-{hash}";
        var labels = new JsonObject(PodDocument.LabelsOf(template).Select(label => new KeyValuePair<string, JsonNode?>(label.Key, label.Value))) { [hashLabel] = hash };
        var metadata = new JsonObject
        {
            ["name"] = name,
            ["namespace"] = owner.Metadata.NamespaceProperty,
            ["labels"] = labels,
            ["ownerReferences"] = new JsonArray(OwnerReferences.To(owner)),
        };
        // What kubectl shows as the cause of the change; what was applied is not repeated.
        if (owner.Metadata.Annotations is { } annotations && annotations.TryGetValue("kubernetes.io/change-cause", out var cause))
            metadata["annotations"] = new JsonObject { ["kubernetes.io/change-cause"] = cause };
        var document = new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = "ControllerRevision", ["metadata"] = metadata, ["data"] = data, ["revision"] = number };
        try
        {
            return await revisions.CreateAsync(document, cancellation);
        }
        catch (ApiException e) when (e is { Code: 409, Reason: "AlreadyExists" })
        {
            var other = await api.GetAsync(Kinds.ControllerRevisions, owner.Metadata.NamespaceProperty, name, cancellation);
            return other is not null && other.Metadata.IsControlledBy(owner) && PodTemplate.TextOf(other.Data) == PodTemplate.TextOf(data) ? other : null;
        }
    }
}
