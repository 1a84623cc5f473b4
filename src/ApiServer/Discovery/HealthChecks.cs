using System.Text;
using Microsoft.Extensions.Logging;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Routing;
using Slipway.ApiServer.Wire;
using Slipway.Storage;

namespace Slipway.ApiServer.Discovery;

/// <summary>
/// Answers <c>/livez</c>, <c>/readyz</c> and <c>/healthz</c>, whole or check by check
/// (<see href="https://kubernetes.io/docs/reference/using-api/health-checks/"/>), and <c>/metrics/slis</c>, for which all checks are made.
/// </summary>
internal sealed class HealthChecks(IReadOnlyList<HealthCheck> checks, TimeProvider clock, ILogger log)
{
    // Upstream gives its store as long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly HealthIndicators _indicators = new();
    private Task _telling = Task.CompletedTask;

    /// <summary>The checks of a server. The store's has upstream's name, whatever the store is.</summary>
    /// <param name="store">The store, which must answer.</param>
    /// <param name="feed">The caches, which must come as far as the store.</param>
    /// <param name="hooks">What the start consists of.</param>
    /// <param name="isLogBlocked">Whether nothing can be logged.</param>
    /// <param name="isStopping">Whether the server is about to end.</param>
    public static IReadOnlyList<HealthCheck> Of(IStore store, CacheFeed feed, StartHooks hooks, Func<bool> isLogBlocked, Func<bool> isStopping) =>
    [
        new("ping", false, _ => default),
        new("log", false, _ => new(isLogBlocked() ? "logging blocked" : null)),
        new("etcd", false, async cancellation =>
        {
            await store.GetAsync($"{CacheFeed.Root}health", cancellation);
            return null;
        }),
        new("informer-sync", true, async cancellation =>
        {
            await feed.WaitUntilFreshAsync(cancellation);
            return null;
        }),
        .. StartHooks.Names.Select(name => new HealthCheck($"poststarthook/{name}", false, _ => new(hooks.FaultOf(name)))),
        new("shutdown", true, _ => new(isStopping() ? "process is shutting down" : null)),
    ];

    /// <summary>The answer for a health path; null for any other.</summary>
    public async ValueTask<Reply?> AnswerAsync(string path, string query, CancellationToken cancellation)
    {
        if (path == "/metrics/slis")
        {
            foreach (var type in (string[])["livez", "readyz"])
                foreach (var check in CheckedAt($"/{type}"))
                    await FaultAsync(check, type, cancellation);
            return await _indicators.ReadAsync(cancellation);
        }
        var end = path.IndexOf('/', 1);
        var endpoint = end < 0 ? path : path[..end];
        if (endpoint is not ("/livez" or "/readyz" or "/healthz")) return null;
        var asked = CheckedAt(endpoint);
        if (end >= 0) return Array.Find(asked, c => c.Name == path[(end + 1)..]) is { } check ? await OneAsync(check, endpoint[1..], cancellation) : null;

        var parameters = Query.Parse(query);
        return await AllAsync(endpoint[1..], asked, parameters["verbose"] is not null, parameters.All("exclude").ToHashSet(), cancellation);
    }

    private HealthCheck[] CheckedAt(string endpoint) => [.. checks.Where(check => !check.OnlyReady || endpoint == "/readyz")];

    private async ValueTask<Reply> OneAsync(HealthCheck check, string endpoint, CancellationToken cancellation) =>
        await FaultAsync(check, endpoint, cancellation) is { } fault ? Reply.Text($"internal server error: {fault}\n", 500) : Reply.Text("ok");

    private async ValueTask<Reply> AllAsync(string endpoint, HealthCheck[] asked, bool isVerbose, HashSet<string> excluded, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var faults = new List<string>();
        foreach (var check in asked)
        {
            if (excluded.Remove(check.Name)) text.Append($"[+]{check.Name} excluded: ok\n");
            else if (await FaultAsync(check, endpoint, cancellation) is not { } fault) text.Append($"[+]{check.Name} ok\n");
            else
            {
                // Strangers may read this, so the cause goes to the log.
                text.Append($"[-]{check.Name} failed: reason withheld\n");
                faults.Add($"{check.Name}: {fault}");
            }
        }
        if (excluded.Count > 0) text.Append($"warn: some health checks cannot be excluded: no matches for {string.Join(',', excluded.Order(StringComparer.Ordinal).Select(e => $"\"{e}\""))}\n");
        if (faults.Count > 0)
        {
            Tell(endpoint, faults);
            return Reply.Text(text.Append($"{endpoint} check failed\n").ToString(), 500);
        }
        return Reply.Text(isVerbose ? text.Append($"{endpoint} check passed\n").ToString() : "ok");
    }

    // A log that is blocked would never let the answer go, so none waits for it. What is not told while a message is under way, the next probe has again.
    private void Tell(string endpoint, List<string> faults)
    {
        if (_telling.IsCompleted)
            _telling = Task.Run(() => log.LogWarning("{Endpoint} check failed: {Faults}", endpoint, string.Join("; ", faults)));
    }

    private async ValueTask<string?> FaultAsync(HealthCheck check, string endpoint, CancellationToken cancellation)
    {
        var fault = await FaultAsync(check, cancellation);
        _indicators.Note(check.Name, endpoint, isWell: fault is null);
        return fault;
    }

    private async ValueTask<string?> FaultAsync(HealthCheck check, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await check.FaultAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"no answer within {Patience.TotalSeconds} s";
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return e.Message;
        }
    }
}
