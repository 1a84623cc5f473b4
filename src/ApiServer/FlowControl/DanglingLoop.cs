using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.FlowControl;

/// <summary>Says in the status of each flow schema whether its priority level is missing.</summary>
internal sealed class DanglingLoop(PriorityAndFairness flows, CacheFeed feed, TimeProvider clock, ILogger log)
{
    private const string Condition = "Dangling";
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>Looks at all schemas whenever schemas or levels change, until cancelled.</summary>
    /// <param name="api">The API, as the server itself.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async Task RunAsync(IApi api, CancellationToken cancellation)
    {
        while (true)
        {
            var (schemas, levels) = (Watch(flows.Schemas.Cache), Watch(flows.Levels.Cache));
            try
            {
                do await SettleAsync(api, cancellation);
                while (await ChangedAsync(schemas, levels, cancellation));
            }
            finally
            {
                flows.Schemas.Cache.Unsubscribe(schemas);
                flows.Levels.Cache.Unsubscribe(levels);
            }
        }
    }

    /// <summary>Looks at all schemas once.</summary>
    public async Task SettleAsync(IApi api, CancellationToken cancellation)
    {
        foreach (var item in flows.Schemas.Cache.Objects.Range(flows.Schemas.Cache.Prefix)) await SettleAsync(item, api, cancellation);
    }

    /// <summary>The condition that a schema should have; null if it has it.</summary>
    internal static JsonObject? Missing(JsonObject schema, bool hasLevel, DateTimeOffset now)
    {
        var level = schema.At("spec.priorityLevelConfiguration.name").AsText();
        var condition = new JsonObject
        {
            ["type"] = Condition,
            ["status"] = hasLevel ? "False" : "True",
            ["lastTransitionTime"] = Meta.FormatTime(now),
            ["reason"] = hasLevel ? "Found" : "NotFound",
            ["message"] = $"This FlowSchema references the PriorityLevelConfiguration object named \"{level}\" {(hasLevel ? "and it exists" : "but there is no such object")}",
        };
        var known = (schema.Object("status") ?? []).Objects("conditions").FirstOrDefault(one => one.Text("type") == Condition);
        if (known?.Text("status") != condition.Text("status")) return condition;
        if (known?.Text("message") == condition.Text("message")) return null;
        condition["lastTransitionTime"] = known!["lastTransitionTime"]?.DeepClone();
        return condition;
    }

    private Watcher Watch(ResourceCache cache)
    {
        var watcher = new Watcher(new Selection(cache.Prefix, LabelSelector.Everything, FieldSelector.Everything, static (item, path) => item.Field(path)), bookmarks: false);
        cache.Subscribe(watcher, () => feed.Revision);
        return watcher;
    }

    // False when one of the two was cut off, and both must begin anew.
    private static async Task<bool> ChangedAsync(Watcher one, Watcher other, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task<bool>[] waits = [one.Items.WaitToReadAsync(either.Token).AsTask(), other.Items.WaitToReadAsync(either.Token).AsTask()];
        var isOpen = await await Task.WhenAny(waits);
        await either.CancelAsync();
        foreach (var wait in waits) await ((Task)wait).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (one.Items.TryRead(out _) || other.Items.TryRead(out _)) { }
        return isOpen;
    }

    private async Task SettleAsync(CachedObject item, IApi api, CancellationToken cancellation)
    {
        var schema = DocumentReader.ParseJson(item.Bytes.Json.Span);
        var hasLevel = flows.Levels.FindItem("", schema.At("spec.priorityLevelConfiguration.name").AsText() ?? "") is not null;
        if (Missing(schema, hasLevel, clock.GetUtcNow()) is not { } condition) return;
        var status = new JsonObject
        {
            ["apiVersion"] = $"{PriorityAndFairness.Group}/v1",
            ["kind"] = "FlowSchema",
            ["metadata"] = new JsonObject { ["name"] = schema.Name, ["uid"] = schema.Uid },
            ["status"] = new JsonObject { ["conditions"] = new JsonArray(condition) },
        };
        var request = new ApiRequest("PATCH", $"/apis/{PriorityAndFairness.Group}/v1/flowschemas/{Uri.EscapeDataString(schema.Name)}/status?fieldManager=api-priority-and-fairness-config-consumer-v1&force=true")
        {
            Body = JsonBytes.Of(status),
            ContentType = MediaTypes.ApplyPatch,
        };
        while (true)
        {
            await using var response = await api.SendAsync(request, cancellation);
            // One that is gone, or is another by now, is told of in its place.
            if (response.IsSuccess || response.StatusCode is 404 or 409) return;
            log.LogWarning("whether the flow schema {Schema} dangles could not be written (status {Code}) and is tried again in {Delay}", schema.Name, response.StatusCode, RetryDelay);
            await Task.Delay(RetryDelay, clock, cancellation);
        }
    }
}
