using System.Globalization;
using Slipway.Bench.Cluster;
using Slipway.Bench.Cluster.Network;
using Slipway.Testing;

// Measures a cluster of the published program, against bare CRI calls and etcd where there is something to compare with.
// Needs root. Arguments: the sections to run (start, up, rest, creates, requests, lists, fan-out, service-table, services, dns, pods, flows, healing, scale);
// all of them but scale if none is given.
string[] known = ["start", "up", "rest", "creates", "requests", "lists", "fan-out", "service-table", "services", "dns", "pods", "flows", "healing", "scale"];
// scale=NODESxPODS is a smaller or larger cluster than that of 5,000 nodes with 150,000 pods.
var size = args.FirstOrDefault(argument => argument.StartsWith("scale=", StringComparison.Ordinal))?["scale=".Length..] ?? "5000x150000";
string[] sections = args.Length == 0 ? known[..^1] : [.. args.Select(argument => argument.Split('=')[0])];
if (sections.Except(known).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no section '{unknown}'; there are: {string.Join(", ", known)}.");
    return 1;
}

var table = new ResultTable();
await using var slipway = new SlipwayCli("bench");
if (sections.Contains("start"))
    await CommandStart.MeasureAsync(slipway, table);
if (sections.Contains("up"))
    await Up.MeasureAsync(slipway, table);

if (sections.Contains("service-table"))
    await ServiceTable.MeasureAsync(table);
if (sections.Contains("scale"))
    await new Scale(int.Parse(size.Split('x')[0], CultureInfo.InvariantCulture), int.Parse(size.Split('x')[1], CultureInfo.InvariantCulture)).MeasureAsync(table);

if (sections.Except(["start", "up", "service-table", "scale"]).Any())
{
    (await slipway.RunAsync("up")).Expect();
    await BusyboxImage.BuildAsync(slipway);
    if (sections.Contains("rest"))
        await Rest.MeasureAsync(slipway, table);
    if (sections.Contains("creates"))
        await Creates.MeasureAsync(slipway, table);
    if (sections.Contains("requests"))
        await Requests.MeasureAsync(slipway, table);
    if (sections.Contains("lists"))
        await Lists.MeasureAsync(slipway, table);
    if (sections.Contains("fan-out"))
        await FanOut.MeasureAsync(slipway, table);
    if (sections.Contains("services"))
        await ServiceLoad.MeasureAsync(slipway, table);
    if (sections.Contains("dns"))
        await Names.MeasureAsync(slipway, table);

    var pods = sections.Contains("pods") ? await Pods.MeasureAsync(slipway) : null;
    var flows = sections.Contains("flows") ? await Flows.MeasureAsync(slipway) : null;
    var healing = sections.Contains("healing") ? await Healing.MeasureAsync(slipway) : null;
    if (pods is not null || flows is not null || healing is not null)
    {
        // The server is killed and its containerd goes on: the bare calls meet the same containerd, images and network, and
        // no node agent that would remove what it does not know.
        slipway.KillServer();
        using var cri = new BareCri(slipway.Name);
        if (pods is not null)
            await pods.CompareAsync(cri, table);
        if (flows is not null)
            await flows.CompareAsync(cri, table);
        if (healing is not null)
            await healing.CompareAsync(cri, table);
        await cri.RemoveAllAsync();
        (await slipway.RunAsync("up")).Expect();
    }
}

Console.Write(table);
return 0;
