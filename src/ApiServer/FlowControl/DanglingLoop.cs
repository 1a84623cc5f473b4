using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.FlowControl;

/// <summary>Says in the status of each flow schema whether its priority level is missing.</summary>
internal sealed class DanglingLoop(PriorityAndFairness flows, CacheFeed feed, TimeProvider clock, ILogger log)
{
    private const string Condition = "Dangling";

    /// <summary>Looks at all schemas whenever schemas or levels change, until cancelled.</summary>
    /// <param name="api">The API, as the server itself.</param>
    /// <param name="cancellation">Ends the work.</param>
    public Task RunAsync(IApi api, CancellationToken cancellation) => ChangeLoop.RunAsync(
        [flows.Schemas.Cache, flows.Levels.Cache], feed,
        async () =>
        {
            await SettleAsync(api, cancellation);
            return null;
        },
        clock, cancellation);

    /// <summary>Looks at all schemas once.</summary>
    public async Task SettleAsync(IApi api, CancellationToken cancellation)
    {
        var statuses = new StatusApply(api, clock, log);
        foreach (var item in flows.Schemas.Cache.Objects.Range(flows.Schemas.Cache.Prefix))
        {
            var schema = DocumentReader.ParseJson(item.Bytes.Json.Span);
            var hasLevel = flows.Levels.FindItem("", schema.At("spec.priorityLevelConfiguration.name").AsText() ?? "") is not null;
            if (Missing(schema, hasLevel, clock.GetUtcNow()) is { } condition)
                await statuses.WriteAsync("flowschemas", schema, "api-priority-and-fairness-config-consumer-v1", new JsonObject { ["conditions"] = new JsonArray(condition) }, cancellation);
        }
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
}
