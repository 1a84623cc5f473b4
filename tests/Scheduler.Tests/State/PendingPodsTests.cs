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
    public void Of_pods_of_one_second_the_first_to_come_stays_the_first_however_they_are_queued()
    {
        _pending.Put(Pod("first", 0, 1));
        Assert.Equal(["first"], Drain());
        _pending.Put(Pod("second", 0, 1));
        _pending.Put(Pod("first", 0, 1), queue: false);
        _pending.RetryWhere(_ => true);
        Assert.Equal(["first", "second"], Drain());
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

    [Theory]
    // the new version of a pod, by its metadata and status; whether it asks for the same
    [InlineData(""","generation":1,"labels":{"a":"b"}""", "{}", true)]
    [InlineData(""","generation":1,"labels":{"a":"b"}""", """{"conditions":[{"type":"PodScheduled"}]}""", true)]
    [InlineData(""","generation":2,"labels":{"a":"b"}""", "{}", false)]
    [InlineData(""","generation":1,"labels":{"a":"c"}""", "{}", false)]
    [InlineData(""","generation":1""", "{}", false)]
    [InlineData(""","labels":{"a":"b"}""", "{}", false)]
    public void Only_its_status_changes_without_changing_what_a_pod_asks(string metadata, string status, bool isSame)
    {
        var pod = _pending.Put(Make.PodView("{}", "one", metadata: ""","generation":1,"labels":{"a":"b"}"""));
        Assert.Equal(isSame, pod.AsksTheSameAs(Make.PodView("{}", "one", status, metadata)));
        Assert.False(pod.AsksTheSameAs(Make.PodView("{}", "another", status, metadata)));
        Assert.Same(pod, _pending.Find(Make.Key("one")));
    }

    [Fact]
    public void A_new_version_that_is_no_news_is_decided_on_if_the_old_one_was_to_be()
    {
        _pending.Put(Pod("one", 0, 1));
        _pending.Put(Pod("one", 0, 1), queue: false);
        Assert.Equal(["one"], Drain());
        _pending.Put(Pod("one", 0, 1), queue: false);
        Assert.Empty(Drain());
    }

    [Fact]
    public void A_pod_that_is_held_is_decided_on_when_its_time_has_come_or_it_asks_for_something_else_and_not_because_the_cluster_changes()
    {
        _pending.Put(Pod("one", 0, 1), queue: false);
        _pending.Hold(Make.Key("one"));
        _pending.RetryWhere(_ => true);
        _pending.Put(Pod("one", 0, 1), queue: false); // its status alone has changed
        _pending.RetryWhere(_ => true);
        Assert.Empty(Drain());
        _pending.Retry(Make.Key("one"));
        Assert.Equal(["one"], Drain());
        _pending.RetryWhere(_ => true);
        Assert.Equal(["one"], Drain());

        _pending.Hold(Make.Key("one"));
        _pending.Put(Pod("one", 0, 1));
        Assert.Equal(["one"], Drain());
        _pending.RetryWhere(_ => true);
        Assert.Equal(["one"], Drain());
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
