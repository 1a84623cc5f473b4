using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;

namespace Slipway.Client.Tests.Work;

public sealed class ControllerTests : IAsyncDisposable
{
    private readonly ScriptedApi _api = new();
    private readonly RecordingClock _clock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Recorder _reconciler = new();
    private readonly ControllerHost _host;
    private Task _run = Task.CompletedTask;

    public ControllerTests() => _host = new(_api, _clock, NullLoggerFactory.Instance);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    [Fact]
    public async Task Changed_objects_and_what_they_own_queue_the_key_once_caches_are_filled()
    {
        var (jobs, pods) = await StartAsync();
        await jobs.SendAsync("""{"type":"ADDED","object":{"metadata":{"name":"j","namespace":"a","uid":"u","resourceVersion":"1"},"spec":{"template":{}}}}""");
        await jobs.BookmarkAsync(1, endsInitialEvents: true);
        await _host.Informer(Kinds.Jobs).Synced;
        Assert.False(_reconciler.HasSeen); // the pods are not known yet
        await pods.BookmarkAsync(1, endsInitialEvents: true);
        Assert.Equal("a/j", await _reconciler.NextAsync());

        await pods.SendAsync(Pod("p", "owned-by-j", 2, "Job", "batch/v1"));
        Assert.Equal("a/j", await _reconciler.NextAsync());
        // Owners of another kind or group are not this controller's.
        await pods.SendAsync(Pod("q", "other", 3, "Job", "example.dev/v1"));
        await pods.SendAsync(Pod("q", "other", 4, "ReplicaSet", "apps/v1"));
        // A pod that is taken from its owner concerns the former one.
        await pods.SendAsync("""{"type":"MODIFIED","object":{"metadata":{"name":"p","namespace":"a","uid":"owned-by-j","resourceVersion":"5"}}}""");
        Assert.Equal("a/j", await _reconciler.NextAsync());
    }

    [Fact]
    public async Task A_failure_is_tried_again_after_a_growing_delay_and_a_result_may_ask_for_another_look()
    {
        var (jobs, pods) = await StartAsync();
        _reconciler.Answers.Enqueue(() => throw new IOException("down"));
        _reconciler.Answers.Enqueue(() => throw new InvalidOperationException("a defect"));
        _reconciler.Answers.Enqueue(() => Result.After(TimeSpan.FromHours(1)));
        await pods.BookmarkAsync(1, endsInitialEvents: true);
        await jobs.SendAsync("""{"type":"ADDED","object":{"metadata":{"name":"j","namespace":"a","uid":"u","resourceVersion":"1"},"spec":{"template":{}}}}""");
        await jobs.BookmarkAsync(1, endsInitialEvents: true);

        Assert.Equal("a/j", await _reconciler.NextAsync());
        var first = await _clock.NextDelayAsync();
        Assert.InRange(first.TotalMilliseconds, 5, 10);
        _clock.Advance(first);
        Assert.Equal("a/j", await _reconciler.NextAsync());
        await _reconciler.AdvanceUntilSeenAsync(_clock, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(20));
        await _reconciler.AdvanceUntilSeenAsync(_clock, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(60));
    }

    [Fact]
    public async Task What_is_refused_because_its_namespace_goes_is_not_tried_again()
    {
        var (jobs, pods) = await StartAsync();
        _reconciler.Answers.Enqueue(() => throw new ApiException(403, "Forbidden", "unable to create new content in namespace a because it is being terminated")
        {
            Causes = [new("NamespaceTerminating", "metadata.namespace", "namespace a is being terminated")],
        });
        _reconciler.Answers.Enqueue(() => Result.After(TimeSpan.FromHours(1)));
        await pods.BookmarkAsync(1, endsInitialEvents: true);
        await jobs.SendAsync("""{"type":"ADDED","object":{"metadata":{"name":"j","namespace":"a","uid":"u","resourceVersion":"1"},"spec":{"template":{}}}}""");
        await jobs.BookmarkAsync(1, endsInitialEvents: true);
        Assert.Equal("a/j", await _reconciler.NextAsync());

        // The first delay is that of the next look, not one of a failure.
        await jobs.SendAsync("""{"type":"MODIFIED","object":{"metadata":{"name":"j","namespace":"a","uid":"u","resourceVersion":"2"},"spec":{"template":{}}}}""");
        Assert.Equal("a/j", await _reconciler.NextAsync());
        Assert.Equal(TimeSpan.FromHours(1), await _clock.NextDelayAsync());
    }

    [Fact]
    public void An_informer_is_shared_by_all_who_ask_for_the_same_view()
    {
        Assert.Same(_host.Informer(Kinds.Pods), _host.Informer(Kinds.Pods));
        Assert.Same(_host.Informer(Kinds.Pods, new() { Namespace = "a" }), _host.Informer(Kinds.Pods, new() { Namespace = "a" }));
        Assert.NotSame(_host.Informer(Kinds.Pods), _host.Informer(Kinds.Pods, new() { Namespace = "a" }));
        // Who needs other fields has a view of its own.
        var metadata = PartialObjectMetadata.ResourceOf("", "v1", "pods", "Pod", namespaced: true);
        Assert.Same(_host.Informer(metadata), _host.Informer(metadata));
    }

    [Fact]
    public async Task Where_work_is_not_bounded_no_object_waits_for_others()
    {
        var (jobs, pods) = await StartAsync(ControllerHost.Unbounded);
        await pods.BookmarkAsync(1, endsInitialEvents: true);
        await jobs.BookmarkAsync(1, endsInitialEvents: true);
        var held = new TaskCompletionSource<Result>();
        _reconciler.Held = held.Task;
        var seen = new List<string>();
        for (var i = 0; i < 40; i++)
        {
            await jobs.SendAsync($$"""{"type":"ADDED","object":{"metadata":{"name":"j{{i}}","namespace":"a","uid":"u{{i}}","resourceVersion":"{{i + 2}}"},"spec":{"template":{} } } }""");
            seen.Add(await _reconciler.NextAsync());
        }
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"a/j{i}"), seen);

        // One that is in work is not begun again, but afterwards.
        await jobs.SendAsync("""{"type":"MODIFIED","object":{"metadata":{"name":"j0","namespace":"a","uid":"u0","resourceVersion":"99"},"spec":{"template":{}}}}""");
        await jobs.SendAsync("""{"type":"ADDED","object":{"metadata":{"name":"last","namespace":"a","uid":"l","resourceVersion":"100"},"spec":{"template":{}}}}""");
        Assert.Equal("a/last", await _reconciler.NextAsync());
        held.SetResult(Result.Done);
        Assert.Equal("a/j0", await _reconciler.NextAsync());
    }

    private async Task<(ScriptedWatch Jobs, ScriptedWatch Pods)> StartAsync(int workers = 1)
    {
        _host.Add("test", _reconciler, workers).For(_host.Informer(Kinds.Jobs)).Owns(_host.Informer(Kinds.Pods));
        _run = _host.RunAsync(_stop.Token);
        var one = await _api.NextAsync();
        var two = await _api.NextAsync();
        var (jobs, pods) = one.Path.Contains("/jobs") ? (one, two) : (two, one);
        return (jobs.Watch(), pods.Watch());
    }

    private static string Pod(string name, string uid, int version, string ownerKind, string ownerApiVersion) =>
        $$"""{"type":"MODIFIED","object":{"metadata":{"name":"{{name}}","namespace":"a","uid":"{{uid}}","resourceVersion":"{{version}}","ownerReferences":[{"apiVersion":"{{ownerApiVersion}}","kind":"{{ownerKind}}","name":"j","uid":"u","controller":true}]} } }""";

    private sealed class Recorder : IReconciler
    {
        private readonly Channel<string> _keys = Channel.CreateUnbounded<string>();

        public Queue<Func<Result>> Answers { get; } = new();

        /// <summary>What the work of every key waits for; null for nothing.</summary>
        public Task<Result>? Held { get; set; }

        public bool HasSeen => _keys.Reader.TryPeek(out _);

        public ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
        {
            _keys.Writer.TryWrite(key.ToString());
            return Held is { } held ? new(held) : ValueTask.FromResult(Answers.TryDequeue(out var answer) ? answer() : Result.Done);
        }

        public async Task<string> NextAsync() => await _keys.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

        /// <summary>Moves the clock until the key comes, at most this far (and once more, as the delay may not have been set yet).</summary>
        public async Task AdvanceUntilSeenAsync(RecordingClock clock, TimeSpan step, TimeSpan limit)
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            var next = NextAsync();
            var begin = clock.GetUtcNow();
            while (!next.IsCompleted && await pace.WaitForNextTickAsync())
                if (clock.GetUtcNow() - begin < limit)
                    clock.Advance(step);
            await next;
        }
    }
}
