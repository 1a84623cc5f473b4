using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Slipway.Flows.Tests.Lineage;

/// <summary>A server on loopback that takes events as Marquez does, at <c>/api/v1/lineage</c>; with <c>?silent</c> it answers nothing.</summary>
internal sealed class LineageReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string? Authorization, JsonObject Event)> taken = new();
    private readonly WebApplication server;
    private volatile Func<JsonObject, int> answer = _ => 201;
    private int requests;

    private LineageReceiver(WebApplication server) => this.server = server;

    /// <summary>The status that it answers an event with.</summary>
    public Func<JsonObject, int> Answer
    {
        set => answer = value;
    }

    /// <summary>How many requests have come.</summary>
    public int Requests => Volatile.Read(ref requests);

    /// <summary>What it has taken, in the order in which it came.</summary>
    public IReadOnlyList<(string? Authorization, JsonObject Event)> Taken => [.. taken];

    /// <summary>What it has taken, as type and job, each once: sent again is as good as once.</summary>
    public IReadOnlyList<string> Lines => [.. taken.Select(t => $"{t.Event["eventType"]} {t.Event["job"]!["name"]} {t.Event["run"]!["facets"]!["slipway"]!["path"]}".Trim()).Distinct()];

    public string Url { get; private set; } = "";

    public static async Task<LineageReceiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var receiver = new LineageReceiver(builder.Build());
        receiver.server.Run(receiver.TakeAsync);
        await receiver.server.StartAsync();
        receiver.Url = $"{receiver.server.Urls.Single()}/api/v1/lineage";
        return receiver;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        if (context.Request.Query.ContainsKey("silent"))
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        var document = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
        Interlocked.Increment(ref requests);
        context.Response.StatusCode = context.Request.Path != "/api/v1/lineage" || context.Request.Method != "POST" || context.Request.ContentType != "application/json" ? 404 : answer(document);
        if (context.Response.StatusCode == 201)
            taken.Enqueue((context.Request.Headers.Authorization, document));
    }
}
