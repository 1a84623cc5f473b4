using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Writes;
using Slipway.Storage;

namespace Slipway.ApiServer.Usage;

/// <summary>
/// Answers <c>metrics.k8s.io</c>, as metrics-server does: what nodes and pods use now, asked of the nodes when it is wanted
/// (<see href="https://github.com/kubernetes/metrics"/>).
/// </summary>
internal sealed class UsageMetrics(ObjectReader reader, Func<ResourceCatalog> catalog, NodeUsages usages, CacheFeed feed, TimeProvider clock)
{
    public const string Group = "metrics.k8s.io";

    public async ValueTask<Reply> AnswerAsync(string verb, WriteContext context, CancellationToken cancellation)
    {
        var measured = catalog().Find("", "v1", context.Type.Plural)!;
        var named = context.Path.Name;
        List<CachedObject> objects = verb == "get"
            ? [await reader.FindOrNullAsync(measured, context.Path.Namespace, named, null, cancellation) ?? throw context.NotFound(named)]
            : await SelectAsync(measured, context, cancellation);
        var documents = objects.Select(item => Committer.Parse(measured, item)).ToList();
        var items = (context.Type.Plural == "nodes" ? await NodesAsync(documents, cancellation) : await PodsAsync(documents, cancellation)).Select(d => Item(context.Resource, d)).ToList();
        if (verb == "get") return ObjectReader.Present(context.Resource, items.FirstOrDefault() ?? throw context.NotFound(named), context.Presenter);
        return ObjectReader.PresentList(items, new(feed.Revision, null, null), context.Presenter);
    }

    // What is selected is told by what is measured: its labels are those of the metrics.
    private async ValueTask<List<CachedObject>> SelectAsync(ServedResource measured, WriteContext context, CancellationToken cancellation)
    {
        var options = ListOptions.Parse(context.Query, context.Resource, watch: false) with { Limit = 0, Continue = null, Freshness = Freshness.MostRecent };
        return (await reader.SelectAsync(measured, measured.Select(context.Path.Namespace, options.Labels, options.Fields), options, cancellation)).Items;
    }

    private async ValueTask<IEnumerable<JsonObject>> NodesAsync(List<JsonObject> nodes, CancellationToken cancellation)
    {
        var answers = await usages.AskAsync(nodes.Select(n => n.Name), cancellation);
        return nodes.SelectMany(node => answers.GetValueOrDefault(node.Name)?.Node is { } use ? [Document("NodeMetrics", node, use, m => m["usage"] = Usage(use))] : Array.Empty<JsonObject>());
    }

    private async ValueTask<IEnumerable<JsonObject>> PodsAsync(List<JsonObject> pods, CancellationToken cancellation)
    {
        var running = pods.Where(p => p.Object("status")?.Text("phase") == "Running" && NodeOf(p).Length > 0).ToList();
        var answers = await usages.AskAsync(running.Select(NodeOf), cancellation);
        return running.SelectMany(pod => answers.GetValueOrDefault(NodeOf(pod))?.Pods.GetValueOrDefault(pod.Uid) is { } containers
            ? [Document("PodMetrics", pod, containers[0].Use, m => m["containers"] = new JsonArray([.. containers.Select(c => new JsonObject { ["name"] = c.Container, ["usage"] = Usage(c.Use) })]))]
            : Array.Empty<JsonObject>());
    }

    private JsonObject Document(string kind, JsonObject measured, Use use, Action<JsonObject> fill)
    {
        var metadata = new JsonObject { ["name"] = measured.Name };
        if (measured.Namespace.Length > 0) metadata["namespace"] = measured.Namespace;
        metadata["creationTimestamp"] = Meta.FormatTime(clock.GetUtcNow());
        if (measured.Metadata["labels"] is { } labels) metadata["labels"] = labels.DeepClone();
        var document = new JsonObject
        {
            ["apiVersion"] = $"{Group}/v1beta1",
            ["kind"] = kind,
            ["metadata"] = metadata,
            ["timestamp"] = Meta.FormatTime(use.At),
            ["window"] = string.Create(CultureInfo.InvariantCulture, $"{use.Window.TotalSeconds:0.###}s"),
        };
        fill(document);
        return document;
    }

    private static JsonObject Usage(Use use) => new()
    {
        ["cpu"] = Quantity.Parse($"{use.NanoCores}n").ToString(),
        ["memory"] = Quantity.OfBytes(use.MemoryBytes).ToString(),
    };

    private static string NodeOf(JsonObject pod) => pod.Object("spec")?.Text("nodeName") ?? "";

    private CachedObject Item(ServedResource resource, JsonObject document) =>
        new(new StoreRecord(resource.Key(document.Namespace, document.Name), StoredValue.Make(document, 0), 0, feed.Revision), resource.Cache.Prefix.Length);
}
