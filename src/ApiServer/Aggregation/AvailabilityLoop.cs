using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Discovery;
using Slipway.ApiServer.Metrics;
using Slipway.ApiServer.Webhooks;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Aggregation;

/// <summary>
/// Looks whether the servers that APIServices name answer, says so in their conditions, and keeps what they say they serve for
/// discovery. Without such an APIService it waits for one.
/// </summary>
internal sealed class AvailabilityLoop(Aggregator aggregator, ExtensionOpenApi openApi, ServiceEndpoints endpoints, AggregationMetrics metrics, CacheFeed feed, TimeProvider clock)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SoonPeriod = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly UserInfo Asker = new("system:kube-aggregator", [UserInfo.Masters]);

    private string _shown = "";
    private const int LongestAnswer = 1 << 20;

    private volatile IReadOnlyList<ExtensionResources> _resources = [];

    /// <summary>What is served by those that answer; the same list for as long as nothing changes.</summary>
    public IReadOnlyList<ExtensionResources> Resources => _resources;

    /// <summary>Looks until cancelled.</summary>
    /// <param name="api">The API, as the server itself.</param>
    /// <param name="cancellation">Ends the work.</param>
    public Task RunAsync(IApi api, CancellationToken cancellation) =>
        ChangeLoop.RunAsync([aggregator.Apis.Cache], feed, () => LookAsync(api, cancellation), clock, cancellation);

    // When to look again; null when there is nothing to look at.
    private async Task<TimeSpan?> LookAsync(IApi api, CancellationToken cancellation)
    {
        var all = aggregator.Apis.All;
        metrics.ForgetAllBut(all.Select(a => a.Name).ToHashSet());
        foreach (var own in all.Where(a => a.Service is null)) metrics.Tell(own.Name, isAvailable: true);
        var served = all.Where(a => a.Service is not null).OrderBy(a => a.Group, StringComparer.Ordinal).ThenByDescending(a => a.Priority).ToList();
        // Each on its own, so that a slow one holds up none of the others.
        var answers = await Task.WhenAll(served.Select(async one =>
        {
            var (condition, resources) = await CheckAsync(one, cancellation);
            metrics.Tell(one.Name, condition.Status == "True");
            await WriteAsync(one, condition, api, cancellation);
            return (Api: one, Resources: resources);
        }));
        var answering = answers.Where(a => a.Resources is not null && aggregator.Find(a.Api.Group, a.Api.Version) == a.Api).ToList();
        List<ExtensionResources> found = [.. answering.Select(a => new ExtensionResources(a.Api.Group, a.Api.Version, a.Resources!))];
        openApi.Look([.. answering.Select(a => a.Api)], cancellation);
        var text = string.Concat(found.Select(f => $"{f.Group} {f.Version} {string.Concat(f.Resources.Select(r => r.ToJsonString()))}\n"));
        if (text != _shown) (_shown, _resources) = (text, found);
        return served.Count == 0 ? null : answers.All(a => a.Resources is not null) ? Period : SoonPeriod;
    }

    private async Task<((string Status, string Reason, string Message) Condition, IReadOnlyList<JsonObject>? Resources)> CheckAsync(AggregatedApi one, CancellationToken cancellation)
    {
        var service = one.Service!;
        if (!endpoints.Knows(service)) return (("False", "ServiceNotFound", $"service/{service.Name} in \"{service.Namespace}\" is not present"), null);
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            await endpoints.FindAsync(service, either.Token);
            await using var answer = await aggregator.SendAsync(one, Asker, new ApiRequest("GET", one.Path), either.Token);
            if (!answer.IsSuccess) return Failing($"bad status from https://{service.Host}:{service.Port}{one.Path}: {answer.StatusCode}");
            var body = answer.Stream is { } stream ? await BoundedBody.ReadAsync(stream, LongestAnswer, either.Token) : answer.Body;
            var list = DocumentReader.ParseJson(body.Span);   // strictly: what is shown of it in discovery is read by everybody
            return (("True", "Passed", "all checks passed"), [.. list.Objects("resources").Select(r => (JsonObject)r.DeepClone())]);
        }
        catch (WebhookFailure e)
        {
            return (("False", "MissingEndpoints", e.Message), null);
        }
        catch (Exception e) when (e is ApiException or IOException or JsonException || e is OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return Failing(e is OperationCanceledException ? "context deadline exceeded" : e.Message);
        }

        ((string, string, string), IReadOnlyList<JsonObject>?) Failing(string why) =>
            (("False", "FailedDiscoveryCheck", $"failing or missing response from https://{service.Host}:{service.Port}{one.Path}: {why}"), null);
    }

    private async Task WriteAsync(AggregatedApi one, (string Status, string Reason, string Message) now, IApi api, CancellationToken cancellation)
    {
        if (aggregator.Apis.FindItem("", one.Name) is not { } item) return;
        List<JsonObject> conditions = [.. DocumentReader.ParseJson(item.Bytes.Json.Span).Object("status")?.Objects("conditions") ?? []];
        var known = conditions.Find(c => c.Text("type") == "Available");
        if (known is not null && (known.Text("status"), known.Text("reason"), known.Text("message")) == now) return;
        var condition = new JsonObject
        {
            ["type"] = "Available",
            ["status"] = now.Status,
            ["reason"] = now.Reason,
            ["message"] = now.Message,
            ["lastTransitionTime"] = known?.Text("status") == now.Status && known["lastTransitionTime"] is { } since ? since.DeepClone() : Meta.FormatTime(clock.GetUtcNow()),
        };
        // What cannot be written, because it was changed or deleted meanwhile, is looked at again.
        await using var answer = await api.SendAsync(new("PATCH", $"/apis/apiregistration.k8s.io/v1/apiservices/{Uri.EscapeDataString(one.Name)}/status")
        {
            Body = JsonBytes.Of(new JsonObject { ["status"] = new JsonObject { ["conditions"] = new JsonArray([.. conditions.Where(c => c != known).Select(c => c.DeepClone()), condition]) } }),
            ContentType = MediaTypes.MergePatch,
        }, cancellation);
        if (answer.IsSuccess && known?.Text("status") == "True" && now.Status != "True") metrics.NoteLoss(one.Name, now.Reason);
    }
}
