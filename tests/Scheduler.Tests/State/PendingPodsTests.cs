namespace Slipway.Scheduler.Tests.State;

public sealed class PendingPodsTests
{
    private readonly PendingPods _pending = new();

    [Fact]
    public void The_most_important_then_the_oldest_comes_first()
    {
        _pending.Put(Pod("young", 0, 3));
        _pending.Put(Pod("old", 0, 1));
        _pending.Put(Pod("important", 10, 4));
        _pending.Put(Pod("middle", 0, 2));
        Assert.Equal(["important", "old", "middle", "young"], Drain());
    }

    [Fact]
    public void A_pod_that_fits_nowhere_waits_until_it_is_retried()
    {
        _pending.Put(Pod("one", 0, 1));
        Assert.Equal(["one"], Drain());
        Assert.Empty(Drain());
        _pending.RetryWhere(pod => pod.Key.Name == "other");
        Assert.Empty(Drain());
        _pending.RetryWhere(_ => true);
        _pending.Retry(Make.Key("one"));
        Assert.Equal(["one"], Drain());
    }

    [Fact]
    public void Only_the_newest_version_is_decided_on()
    {
        _pending.Put(Pod("one", 0, 1));
        _pending.Put(Pod("one", 7, 1));
        Assert.Equal(7, _pending.Next()!.Demand.Priority);
        Assert.Null(_pending.Next());
        _pending.Put(Pod("two", 0, 1));
        _pending.Remove(Make.Key("two"));
        Assert.Null(_pending.Next());
    }

    private static PodView Pod(string name, int priority, int second) =>
        Make.PodView($$"""{"priority":{{priority}} }""", name, metadata: $",\"creationTimestamp\":\"2026-01-01T00:00:0{second}Z\"");

    private List<string> Drain()
    {
        var names = new List<string>();
        while (_pending.Next() is { } pod)
            names.Add(pod.Demand.Key.Name);
        return names;
    }
}
