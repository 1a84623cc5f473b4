using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Nodes;

namespace Slipway.Scheduler;

/// <summary>What is written of the devices that a claim is given (<c>AllocationResult</c> of resource.k8s.io/v1).</summary>
internal static class DeviceAllocation
{
    /// <summary>The claim's <c>status.allocation</c>.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="given">Its devices.</param>
    /// <param name="node">The node on which they were found.</param>
    /// <param name="now">When.</param>
    public static JsonObject For(OpenDeviceClaim claim, IReadOnlyList<GivenDevice> given, NodeInfo node, DateTime now)
    {
        var allocation = new JsonObject
        {
            ["devices"] = new JsonObject { ["results"] = new JsonArray([.. given.Select((one, i) => Result(one, $"{claim.View.Metadata.Uid}/{i}/{now:O}"))]) },
            ["allocationTimestamp"] = now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"),
        };
        var ways = claim.Requests.Select(request => WayOf(request, given)).ToList();
        if (Settings(claim, ways) is { Count: > 0 } settings)
            allocation["devices"]!["config"] = settings;
        if (PlacesOf(given, node) is { } places)
            allocation["nodeSelector"] = places;
        return allocation;
    }

    // The share of a device is told from others by who was given it, and when.
    private static JsonObject Result(GivenDevice given, string occasion)
    {
        var (way, device, take) = given;
        var result = new JsonObject { ["request"] = way.Name, ["driver"] = device.Id.Driver, ["pool"] = device.Id.Pool, ["device"] = device.Id.Device };
        if (way.AdminAccess)
            result["adminAccess"] = true;
        if (way.Tolerations.Count > 0)
            result["tolerations"] = JsonSerializer.SerializeToNode([.. way.Tolerations], Kinds.Set.Type<List<Toleration>>());
        if (device.View.BindingConditions is { Count: > 0 } conditions)
            result["bindingConditions"] = Names(conditions);
        if (device.View.BindingFailureConditions is { Count: > 0 } failures)
            result["bindingFailureConditions"] = Names(failures);
        if (take.Share is not { } share)
            return result;
        result["shareID"] = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{device.Id}/{occasion}")).AsSpan(0, 16)).ToString();
        if (share.Count > 0)
            result["consumedCapacity"] = new JsonObject(share.Select(part => KeyValuePair.Create(device.Capacities[part.Key].Told, (JsonNode?)part.Value.ToString())));
        return result;
    }

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => (JsonNode)name)]);

    // Of alternatives the one that was taken; a request of all that gave nothing has none.
    private static DeviceWay WayOf(DeviceRequest request, IReadOnlyList<GivenDevice> given) =>
        request.Ways.FirstOrDefault(way => given.Any(one => ReferenceEquals(one.Way, way))) ?? request.Ways[0];

    // Those of classes first, so that those of the claim have the last word. What a class says names no requests where all are of it.
    private static JsonArray Settings(OpenDeviceClaim claim, List<DeviceWay> ways)
    {
        var settings = new JsonArray();
        foreach (var ofClass in ways.GroupBy(way => way.Class.Metadata.Name, StringComparer.Ordinal))
            foreach (var setting in ofClass.First().Class.Spec.Config ?? [])
                Add("FromClass", setting, ofClass.Count() == ways.Count ? [] : [.. ofClass.Select(way => way.Name)]);
        foreach (var setting in claim.View.Spec.Devices?.Config ?? [])
        {
            var named = (setting?["requests"] as JsonArray ?? []).Select(name => (string?)name ?? "").ToList();
            if (named.Count == 0 || ways.Exists(way => way.IsNamedIn(named)))
                Add("FromClaim", setting, named);
        }
        return settings;

        void Add(string source, JsonNode? setting, List<string> requests)
        {
            if (setting?["opaque"] is not { } opaque)
                return;
            var written = new JsonObject { ["source"] = source, ["opaque"] = opaque.DeepClone() };
            if (requests.Count > 0)
                written["requests"] = Names(requests);
            settings.Add((JsonNode)written);
        }
    }

    // Everywhere, unless one of the devices is bound to a node or to some.
    private static JsonObject? PlacesOf(IReadOnlyList<GivenDevice> given, NodeInfo node)
    {
        if (given.Any(one => one.Device.Place.Node is not null || one.Device.View.BindsToNode == true))
            return Selector(new() { ["matchFields"] = new JsonArray(new JsonObject { ["key"] = "metadata.name", ["operator"] = "In", ["values"] = new JsonArray(node.Name) }) });
        var terms = given.Select(one => one.Device.Place.Selector).OfType<NodeSelector>().Distinct()
            .Select(selector => selector.NodeSelectorTerms?.Find(term => term.Selects(node.Name, node.Labels))).ToList();
        if (terms.Count == 0)
            return null;
        var all = new NodeSelectorTerm
        {
            MatchExpressions = [.. terms.SelectMany(term => term?.MatchExpressions ?? [])],
            MatchFields = [.. terms.SelectMany(term => term?.MatchFields ?? [])],
        };
        return Selector(JsonSerializer.SerializeToNode(all, Kinds.Set.Type<NodeSelectorTerm>())!.AsObject());
    }

    private static JsonObject Selector(JsonObject term) => new() { ["nodeSelectorTerms"] = new JsonArray(term) };
}
