using System.Collections.Concurrent;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>
/// Sends what the ledger has due to sinks of lineage, in its order, until it is taken or a week is over. Who is killed between a delivery and its record delivers again: at
/// least once. Runs do not wait for it: what is sent is made of the ledger, whatever has become of the run. Each sink is sent one event at a time, and none waits for another.
/// </summary>
internal sealed class LineageController : IReconciler
{
    private const int Batch = 200;

    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(7);

    private readonly ControllerHost host;
    private readonly Informer<LineageSink> sinks;
    private readonly Ledger ledger;
    private readonly OutboundPost outbound;
    private readonly EventRecorder events;

    /// <summary>The sinks that do not take events. One that is changed is tried at once.</summary>
    private readonly ConcurrentDictionary<ObjectKey, Failure> failures = new();

    private LineageController(ControllerHost host, Informer<LineageSink> sinks, Ledger ledger, Func<HttpMessageHandler> transport)
    {
        (this.host, this.sinks, this.ledger) = (host, sinks, ledger);
        outbound = new OutboundPost(host.Api, transport);
        events = host.Events("lineage-controller");
    }

    /// <summary>Adds the controller to a host, and has the ledger keep what is due.</summary>
    /// <param name="host">The host.</param>
    /// <param name="ledger">What is told of.</param>
    /// <param name="transport">Makes what carries requests to other machines; asked for with the first event.</param>
    public static void Register(ControllerHost host, Ledger ledger, Func<HttpMessageHandler> transport)
    {
        var sinks = host.Informer(FlowKinds.LineageSinks);
        var controller = host.Add("lineage", new LineageController(host, sinks, ledger, transport), ControllerHost.Unbounded).For(sinks);
        ledger.Lineage = new LineageOutbox(
            run => run.Phase == FlowPhase.Skipped || sinks.List().Where(s => s.IsToldOf(run.Namespace, run.Flow)).Select(KeyOf).ToList() is not { Count: > 0 } told || run.IsTest ? [] : told,
            controller.Enqueue);
        host.AddLoop(async cancellation =>
        {
            // One that was deleted while nobody looked shows in no change.
            await sinks.Synced.WaitAsync(cancellation);
            try
            {
                foreach (var gone in ledger.Read.SinksWithLineageDue().Where(s => sinks.Get(s) is null))
                    await ledger.ForgetSinkAsync(gone, cancellation);
            }
            catch (LedgerUnavailableException)
            {
                // The next start looks again.
            }
        });
    }

    /// <inheritdoc/>
    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (sinks.Get(key) is not { Metadata.DeletionTimestamp: null } sink)
        {
            failures.TryRemove(key, out _);
            await ledger.ForgetSinkAsync(key, cancellation);
            return Result.Done;
        }

        var failure = failures.GetValueOrDefault(key) is { } known && known.Generation == sink.Metadata.Generation ? known : null;
        if (failure is not null && failure.Next > host.Clock.GetUtcNow())
            return Result.After(failure.Next - host.Clock.GetUtcNow());
        var due = ledger.Read.LineageDue(key, Batch);
        if (due.Count == 0)
            return Result.Done;
        var told = new List<LineageDue>();
        try
        {
            var refused = await SendAsync(sink, due, told, cancellation);
            failures.TryRemove(key, out _);
            if (refused is null)
                await ShowAsync(sink, "True", "Taken", "events are taken", cancellation);
            else
                await ShowAsync(sink, "False", "EventRefused", refused, cancellation);
        }
        catch (NotificationException e)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = (failure?.Count ?? 0) + 1;
            var wait = OutboundPost.After(count);
            failures[key] = new Failure(count, host.Clock.GetUtcNow() + wait, sink.Metadata.Generation);
            var lost = due.Except(told).TakeWhile(d => host.Clock.GetUtcNow() - d.Time > GiveUpAfter).ToList();
            if (lost.Count > 0)
                events.Warning(sink, "EventsLost", $"{lost.Count} events were not taken for {GiveUpAfter.TotalDays:0} days and are given up");
            told.AddRange(lost);
            events.Warning(sink, "NotTaken", e.Message);
            await ShowAsync(sink, "False", "NotTaken", e.Message, cancellation);
            return Result.After(wait);
        }
        finally
        {
            // What was taken is not sent again because something later was not.
            if (told.Count > 0)
                await ledger.ToldAsync(key, told, CancellationToken.None);
        }

        return Result.After(TimeSpan.Zero); // there may be more
    }

    /// <summary>Sends what is due; <paramref name="told"/> grows as it is taken or left out.</summary>
    /// <returns>The last refusal, if there was no event that was not refused; otherwise null.</returns>
    private async Task<string?> SendAsync(LineageSink sink, IReadOnlyList<LineageDue> due, List<LineageDue> told, CancellationToken cancellation)
    {
        var ns = sink.Metadata.NamespaceProperty;
        Uri url = null!;
        string? token = null;
        await OutboundPost.DeliverAsync(
            async limit =>
            {
                url = await outbound.UrlAsync(ns, sink.Spec, isFinal: false, limit);
                token = sink.Spec.TokenFrom is { } from ? await outbound.TokenAsync(ns, from, isFinal: false, limit) : null;
            },
            host.Clock, cancellation);
        string? refused = null;
        var isTaken = false;
        foreach (var (what, document) in LineageBatch.Of(ledger.Read, new OpenLineageEvents(sink.Spec.Instance ?? "slipway"), due))
        {
            if (document is not null)
            {
                await OutboundPost.DeliverAsync(
                    async limit =>
                    {
                        var (code, reason) = await outbound.PostAsync(url, document, (headers, _) => headers.Authorization = token is null ? null : new("Bearer", token), limit);
                        if (IsRefusal(code))
                            events.Warning(sink, "EventRefused", refused = $"{url.Host} answered {code} {reason} to an event of job {document["job"]!["name"]}, which is left out");
                        else if (code is < 200 or > 299)
                            throw new NotificationException($"{url.Host} answered {code} {reason}");
                        else
                            isTaken = true;
                    },
                    host.Clock, cancellation);
            }

            if (what is not null)
                told.Add(what);
        }

        return isTaken ? null : refused;
    }

    /// <summary>Whether an answer is about the event itself, which will not be taken the next time either. Anything else may be about the address, the token or the server.</summary>
    private static bool IsRefusal(int code) => code is 400 or 409 or 413 or 422;

    private async Task ShowAsync(LineageSink sink, string status, string reason, string message, CancellationToken cancellation)
    {
        var before = ReadyCondition.In(sink.Status?.Conditions);
        if (before?.Status == status && before.Message == message)
            return;
        var condition = ReadyCondition.Of(before, sink.Metadata.Generation, status, reason, message, host.Clock.GetUtcNow());
        var shown = new LineageSink { Metadata = sink.Metadata, Spec = sink.Spec, Status = new LineageSinkStatus { Conditions = [condition] } };
        await host.Api.PatchStatusAsync(FlowKinds.LineageSinks, sink, shown, cancellation);
    }

    /// <param name="Count">How often in a row.</param>
    /// <param name="Next">When it is tried again.</param>
    /// <param name="Generation">Of the sink then.</param>
    private sealed record Failure(int Count, DateTimeOffset Next, long? Generation);

    private static ObjectKey KeyOf(LineageSink sink) => new(sink.Metadata.NamespaceProperty, sink.Metadata.Name);
}
