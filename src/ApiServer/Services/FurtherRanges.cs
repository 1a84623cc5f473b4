using System.Net;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Services;

/// <summary>What a ServiceCIDR adds to the ranges that services are given of.</summary>
/// <param name="Declared">Its ranges.</param>
/// <param name="Networks">Those that are given of: none while it is not ready, or is being deleted.</param>
internal sealed record FurtherRanges(IReadOnlyList<IPNetwork> Declared, IReadOnlyList<IPNetwork> Networks)
{
    public static FurtherRanges Read(JsonObject document)
    {
        var isReady = !document.IsBeingDeleted && document.Object("status")?.Objects("conditions").Any(c => c.Text("type") == "Ready" && c.Text("status") == "True") == true;
        IPNetwork[] declared = [.. Cidrs(document).Where(cidr => IPNetwork.TryParse(cidr, out _)).Select(IPNetwork.Parse)];
        return new(declared, isReady ? declared : []);
    }

    private static IEnumerable<string> Cidrs(JsonObject document) =>
        (document.Object("spec")?.Array("cidrs") ?? []).Select(cidr => cidr.AsText() ?? "");
}
