using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.FlowControl;

/// <summary>
/// Gives each request of a client a seat while it is worked on, has it wait for one in the queues of its priority level, or refuses it
/// (<see href="https://kubernetes.io/docs/concepts/cluster-administration/flow-control/"/>). Every request takes one seat.
/// </summary>
/// <param name="feed">Feeds the caches of schemas and levels.</param>
/// <param name="total">How many seats there are.</param>
/// <param name="metrics">What is counted.</param>
/// <param name="clock">Times the waits.</param>
internal sealed class PriorityAndFairness(CacheFeed feed, int total, FlowControlMetrics metrics, TimeProvider clock)
{
    public const string Group = "flowcontrol.apiserver.k8s.io";

    /// <summary>Longest time in a queue.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(15);

    private static readonly PriorityLevel[] NeededLevels = [.. FlowControlObjects.PriorityLevels.Where(IsMandatory).Select(PriorityLevel.Read)];
    private static readonly FlowSchema[] NeededSchemas = [.. FlowControlObjects.Schemas.Where(IsMandatory).Select(FlowSchema.Read)];

    private readonly PolicyObjects<FlowSchema> _schemas = new(feed, Group, "flowschemas", FlowSchema.Read);
    private readonly PolicyObjects<PriorityLevel> _levels = new(feed, Group, "prioritylevelconfigurations", PriorityLevel.Read);
    private readonly Lock _gate = new();
    private volatile Configuration _now = new([], [], [], []);

    /// <summary>The schemas as they are stored.</summary>
    public PolicyObjects<FlowSchema> Schemas => _schemas;

    /// <summary>The levels as they are stored.</summary>
    public PolicyObjects<PriorityLevel> Levels => _levels;

    /// <summary>Waits for a seat.</summary>
    /// <returns>The turn of the request, which may be a refusal; to be disposed once it is answered.</returns>
    public ValueTask<Turn> EnterAsync(in FlowRequest request, CancellationToken cancellation)
    {
        var flow = Classify(request);
        var seats = flow.Seats;
        Waiter waiter;
        lock (_gate)
        {
            if ((seats.Waiting == 0 || seats.Level.IsExempt) && SeatBudget.MayStart(seats, _now.Seats))
            {
                seats.Start();
                flow.Executing++;
                flow.Dispatched.Inc();
                return new(new Turn(this, flow, null, clock.GetTimestamp()));
            }
            waiter = new Waiter(flow);
            var isQueued = seats.Level.Queues > 0 && seats.TryQueue(waiter, ShuffleSharding.HashOf(flow.Schema.Name, flow.Schema.FlowOf(request)));
            if (!isQueued)
            {
                metrics.Reject(flow, seats.Level.Queues > 0 ? "queue-full" : "concurrency-limit", null);
                return new(new Turn(null, flow, null, 0));
            }
            flow.Waiting++;
        }
        return WaitAsync(waiter, cancellation);
    }

    /// <summary>Brings the gauges up to date.</summary>
    public void Measure()
    {
        var now = Current();
        lock (_gate)
            foreach (var flow in now.Flows) metrics.Set(flow);
    }

    /// <summary>The flow of a request: the first schema that matches. The last one matches all.</summary>
    public Flow Classify(in FlowRequest request)
    {
        var flows = Current().Flows;
        foreach (var flow in flows)
            if (flow.Schema.Matches(request)) return flow;
        return flows[^1];
    }

    private async ValueTask<Turn> WaitAsync(Waiter waiter, CancellationToken cancellation)
    {
        var (flow, since) = (waiter.Flow, clock.GetTimestamp());
        try
        {
            await waiter.Started.WaitAsync(MaxWait, clock, cancellation);
        }
        catch (TimeoutException)
        {
            if (GiveUp(waiter, "time-out", since)) return new Turn(null, flow, null, 0, clock.GetElapsedTime(since));
        }
        catch (OperationCanceledException)
        {
            if (!GiveUp(waiter, "cancelled", since)) Leave(flow, waiter);
            throw;
        }
        var waited = clock.GetElapsedTime(since);
        flow.Waits.Observe(waited.TotalSeconds);
        return new Turn(this, flow, waiter, clock.GetTimestamp(), waited);
    }

    // False if it was given a seat at the last moment.
    private bool GiveUp(Waiter waiter, string reason, long since)
    {
        lock (_gate)
        {
            if (waiter.Place is null) return false;
            waiter.Flow.Seats.GiveUp(waiter);
            waiter.Flow.Waiting--;
        }
        metrics.Reject(waiter.Flow, reason, clock.GetElapsedTime(since));
        return true;
    }

    private void Leave(Flow flow, Waiter? waiter)
    {
        lock (_gate)
        {
            flow.Seats.End(waiter);
            flow.Executing--;
            StartWaiting(_now.Seats);
        }
    }

    // Who uses the least of what is theirs comes first: a level takes back what it has lent before others borrow more.
    private static void StartWaiting(IReadOnlyList<LevelSeats> all)
    {
        while (true)
        {
            LevelSeats? next = null;
            foreach (var seats in all)
                if (seats.Waiting > 0 && SeatBudget.MayStart(seats, all) && (next is null || Use(seats) < Use(next))) next = seats;
            if (next?.StartNext() is not { } waiter) return;
            Begin(waiter);
        }

        static double Use(LevelSeats seats) => seats.Nominal == 0 ? double.MaxValue : (double)seats.Executing / seats.Nominal;
    }

    private static void Begin(Waiter waiter)
    {
        waiter.Flow.Waiting--;
        waiter.Flow.Executing++;
        waiter.Flow.Dispatched.Inc();
        waiter.Go();
    }

    private Configuration Current()
    {
        var (schemas, levels) = (_schemas.All, _levels.All);
        var now = _now;
        return now.IsOf(schemas, levels) ? now : Change(schemas, levels);
    }

    private Configuration Change(IReadOnlyList<FlowSchema> schemas, IReadOnlyList<PriorityLevel> levels)
    {
        lock (_gate)
        {
            var before = _now;
            if (before.IsOf(schemas, levels)) return before;
            var seats = levels.Concat(NeededLevels.Where(needed => levels.All(level => level.Name != needed.Name))).Select(level =>
            {
                var known = before.Seats.FirstOrDefault(one => one.Level.Name == level.Name) ?? new LevelSeats(level);
                known.Level = level;
                return known;
            }).ToList();
            SeatBudget.ShareOut(seats, total);
            var flows = new List<Flow>();
            foreach (var schema in schemas.Concat(NeededSchemas.Where(needed => schemas.All(schema => schema.Name != needed.Name))).OrderBy(s => s.Precedence).ThenBy(s => s.Name, StringComparer.Ordinal))
            {
                // A schema whose level is missing matches nothing.
                if (seats.Find(one => one.Level.Name == schema.Level) is not { } own) continue;
                flows.Add(before.Flows.FirstOrDefault(flow => flow.Schema == schema && flow.Seats == own && flow.Level == own.Level) ?? new Flow(schema, own, metrics));
            }
            _now = new(schemas, levels, seats, flows);
            foreach (var gone in before.Flows.ExceptBy(flows.Select(NamesOf), NamesOf)) metrics.Forget(gone);
            foreach (var gone in before.Seats.Except(seats))
            {
                gone.IsRemoved = true;
                while (gone.StartNext() is { } waiter) Begin(waiter);
            }
            StartWaiting(seats);
            return _now;
        }

        static (string, string) NamesOf(Flow flow) => (flow.Level.Name, flow.Schema.Name);
    }

    private static bool IsMandatory(System.Text.Json.Nodes.JsonObject document) => (string?)document["metadata"]!["name"] is "exempt" or "catch-all";

    private sealed record Configuration(IReadOnlyList<FlowSchema> Schemas, IReadOnlyList<PriorityLevel> Levels, IReadOnlyList<LevelSeats> Seats, IReadOnlyList<Flow> Flows)
    {
        public bool IsOf(IReadOnlyList<FlowSchema> schemas, IReadOnlyList<PriorityLevel> levels) => Flows.Count > 0 && Schemas == schemas && Levels == levels;
    }

    /// <summary>What came of waiting: a seat until it is disposed, or a refusal.</summary>
    public readonly struct Turn(PriorityAndFairness? owner, Flow flow, Waiter? waiter, long since, TimeSpan waited = default) : IDisposable
    {
        /// <summary>Whether there is a seat.</summary>
        public bool IsGranted => owner is not null;

        /// <summary>The request's flow.</summary>
        public Flow Flow => flow;

        /// <summary>How long it waited.</summary>
        public TimeSpan Waited => waited;

        /// <inheritdoc/>
        public void Dispose()
        {
            if (owner is null) return;
            flow.Executions.Observe(owner.ElapsedSince(since));
            owner.Leave(flow, waiter);
        }
    }

    private double ElapsedSince(long since) => clock.GetElapsedTime(since).TotalSeconds;
}
