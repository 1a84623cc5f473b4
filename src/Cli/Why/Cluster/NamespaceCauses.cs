using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Cluster;

/// <summary>Why a namespace that is to be deleted is still there.</summary>
internal static partial class NamespaceCauses
{
    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject ns)
    {
        if (ns.At("status.phase").AsText() != "Terminating")
            return [];
        var because = new List<Cause>();
        if (Conditions.Of(ns, "NamespaceDeletionDiscoveryFailure", "True") is { } discovery)
        {
            var broken = inquiry.List(KindName.ApiService, "").Where(api => Conditions.Of(api, "Available", "False") is not null).ToList();
            because.Add(new Cause("Not all APIs answer, so that nobody knows what the namespace still holds")
            {
                Evidence = [Conditions.Evidence(discovery)],
                Because = [.. broken.Select(api => new Cause($"APIService {api.Name} is not available")
                {
                    Evidence = [Conditions.Evidence(Conditions.Of(api, "Available")!)],
                    Remedy = new("Start what serves it. If it is gone for good, delete it") { Command = $"kubectl delete apiservice {api.Name}" },
                })],
            });
        }
        foreach (var type in (string[])["NamespaceDeletionContentFailure", "NamespaceDeletionGroupVersionParsingFailure"])
            if (Conditions.Of(ns, type, "True") is { } failure)
                because.Add(new Cause("Some of its content could not be deleted") { Evidence = [Conditions.Evidence(failure)] });
        if (Conditions.Of(ns, "NamespaceContentRemaining", "True") is { } remaining)
        {
            foreach (var resource in Resource().Matches(remaining.Text("message") ?? "").Select(match => match.Groups))
                foreach (var item in inquiry.List(new(resource["group"].Value, resource["plural"].Value), ns.Name).Take(5))
                    because.Add(new Cause($"{item.Kind} {item.Name} is still in it") { Because = item.Finalizers.Count > 0 ? DeletionCauses.Of(inquiry, item)[0].Because : [] });
            if (because.Count == 0)
                because.Add(new Cause("It still holds something") { Evidence = [Conditions.Evidence(remaining)] });
        }
        return [new Cause("It is being deleted, and goes when all in it is gone")
        {
            Evidence = [$"metadata.deletionTimestamp, {Words.Ago(inquiry.Now - (ns.DeletionTimestamp ?? inquiry.Now))}"],
            Because = because,
        }];
    }

    // "Some resources are remaining: configmaps. has 1 resource instances, widgets.example.dev has 2 resource instances"
    [GeneratedRegex(@"(?<plural>[a-z0-9]+)\.(?<group>[a-z0-9.-]*) has \d+ resource instance")]
    private static partial Regex Resource();
}
