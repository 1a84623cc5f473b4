using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Client;

namespace Slipway.Scheduler;

/// <summary>
/// Binds the pods of a gang. First each pod's node is written down as its nomination, then all are bound: whoever goes on after a
/// crash in between finds the places kept for those that are not bound yet.
/// </summary>
internal sealed class GangBinder(IApi api, Binder binder, Nominations nominations, TimeProvider clock, ILogger log)
{
    /// <summary>Nominates all, then binds all.</summary>
    /// <param name="pods">The pods, their nodes and devices.</param>
    /// <param name="notBound">Called with each pod that was not bound; with all of them when not all could be nominated.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async Task BindAsync(IReadOnlyList<Binding> pods, Action<Change.NotBound> notBound, CancellationToken cancellation)
    {
        var nominated = await Task.WhenAll(pods.Select(pair => pods.Count == 1 ? Task.FromResult(true) : nominations.TryWriteAsync(pair.Pod, pair.Node, cancellation)));
        if (nominated.Contains(false))
        {
            foreach (var binding in pods)
                notBound(Binder.NotBound(binding.Pod, []));
            return;
        }
        await Task.WhenAll(pods.Select(async binding =>
        {
            if (await binder.BindAsync(binding, cancellation) is { } failed)
                notBound(failed);
        }));
    }

    /// <summary>Says in the group's condition whether enough of its pods have been scheduled. Once that was so it stays.</summary>
    public async Task TellAsync(PodGroupView group, bool isScheduled, string message, CancellationToken cancellation)
    {
        if (group.Status?.Conditions?.Find(static c => c.Type == "PodGroupInitiallyScheduled") is { } known
            && (known.Status == "True" || (!isScheduled && known.Message == message)))
            return;
        var patch = new JsonObject
        {
            ["apiVersion"] = Kinds.PodGroups.ApiVersion,
            ["kind"] = Kinds.PodGroups.Kind,
            ["metadata"] = new JsonObject { ["name"] = group.Metadata.Name, ["uid"] = group.Metadata.Uid },
            ["status"] = new JsonObject
            {
                ["conditions"] = new JsonArray(new JsonObject
                {
                    ["type"] = "PodGroupInitiallyScheduled",
                    ["status"] = isScheduled ? "True" : "False",
                    ["reason"] = isScheduled ? "Scheduled" : "Unschedulable",
                    ["message"] = message,
                    ["lastTransitionTime"] = Meta.FormatTime(clock.GetUtcNow()),
                }),
            },
        };
        try
        {
            // Applied, so that conditions of others stay.
            var path = $"{Kinds.PodGroups.ObjectPath(group.Metadata.NamespaceProperty, group.Metadata.Name)}/status?fieldManager=kube-scheduler&force=true";
            await api.SendForBodyAsync(new("PATCH", path) { Body = Encoding.UTF8.GetBytes(patch.ToJsonString()), ContentType = MediaTypes.ApplyPatch }, cancellation);
        }
        catch (Exception e) when (e is ApiException or IOException)
        {
            log.LogDebug("The condition of pod group {Group} was not written: {Reason}", group.Metadata.Name, e.Message);
        }
        catch (OperationCanceledException)
        {
            // Stopping; the next start decides, and tells, again.
        }
    }
}
