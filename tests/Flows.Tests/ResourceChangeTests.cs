using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public sealed class ResourceChangeTests
{
    private static readonly DateTime Since = new(2026, 1, 1, 0, 0, 10, 500, DateTimeKind.Utc);

    [Theory]
    [InlineData("10", "9", true)]
    [InlineData("9", "10", false)]
    [InlineData("010", "10", false)]
    [InlineData("340282366920938463463374607431768211456", "99999999999999999999", true)]
    [InlineData("abc", "abc", false)]
    [InlineData("abc", "abd", true)]
    public void Resource_versions_are_whole_numbers_of_any_length(string version, string than, bool isLater) => Assert.Equal(isLater, ResourceVersions.IsLater(version, than));

    [Theory]
    [InlineData(null, true, "new Added, same Added")] // for a trigger that begins, only what was created since counts
    [InlineData(null, false, "new Added, same Added")]
    [InlineData("100", true, "new Added, same Added, old Modified")]
    [InlineData("100", false, "new Modified, same Modified, old Modified")]
    [InlineData("101", true, "same Added, old Modified")]
    [InlineData("103", true, "")]
    public void What_is_there_is_compared_with_the_position(string? position, bool isAddedAsked, string changes)
    {
        WatchedObject[] objects = [Object("old", "103", second: 9), Object("same", "102", second: 10), Object("new", "101", second: 11), Object("unchanged", "50", second: 1)];
        Assert.Equal(changes, string.Join(", ", ResourceChange.Between(objects, position, Since, isAddedAsked).Select(c => $"{c.Object.Metadata.Name} {c.Type}")));
    }

    [Fact]
    public void The_same_change_has_the_same_identity_and_others_have_others()
    {
        string[] ids =
        [
            new ResourceChange(ResourceTrigger.Added, Object("a", "1", 1), null).ToEvent().Id,
            new ResourceChange(ResourceTrigger.Modified, Object("a", "2", 1), null).ToEvent().Id,
            new ResourceChange(ResourceTrigger.Modified, Object("a", "3", 1), null).ToEvent().Id,
            new ResourceChange(ResourceTrigger.Deleted, Object("a", "4", 1), null).ToEvent().Id,
        ];
        Assert.Equal(4, ids.Distinct().Count());
        Assert.Equal(ids[0], new ResourceChange(ResourceTrigger.Added, Object("a", "9", 1), null).ToEvent().Id);
        Assert.Equal(ids[2], new ResourceChange(ResourceTrigger.Modified, Object("a", "3", 1), Object("a", "2", 1)).ToEvent().Id);
    }

    [Fact]
    public void Who_is_behind_is_told_the_rest_when_there_is_room()
    {
        var subscription = new ResourceSubscription(new ObjectKey("ns", "f"), new FlowTrigger { Name = "t", Resource = new() { ApiVersion = "v1", Kind = "ConfigMap" } }, "1", Since);
        var changes = Enumerable.Range(2, ResourceSubscription.Limit + 3).Select(i => new ResourceChange(ResourceTrigger.Added, Object($"c{i}", $"{i}", 11), null)).ToList();
        Assert.Equal(ResourceSubscription.Limit, changes.Count(subscription.Offer));
        subscription.MoveTo("1000"); // does not pass over what was left out
        Assert.Equal($"{ResourceSubscription.Limit + 1}", subscription.Seen);
        Assert.False(subscription.Resume());
        for (var i = 1; i < ResourceSubscription.Limit; i++)
            Assert.False(subscription.Dequeue());
        Assert.True(subscription.Dequeue());
        Assert.True(subscription.Resume());
        Assert.Equal(3, changes.Count(subscription.Offer)); // what it knows it does not take again
    }

    [Fact]
    public void A_comparison_that_has_no_room_for_all_is_done_again_from_where_it_began()
    {
        var subscription = new ResourceSubscription(new ObjectKey("ns", "f"), new FlowTrigger { Name = "t", Resource = new() { ApiVersion = "v1", Kind = "ConfigMap", Changes = [ResourceTrigger.Added, ResourceTrigger.Modified] } }, null, Since);
        List<WatchedObject> objects = [.. Enumerable.Range(2, ResourceSubscription.Limit + 3).Select(i => Object($"c{i}", $"{i}", 11))];
        Assert.True(subscription.NeedsComparison);
        subscription.Compare(objects, "1000");
        Assert.Equal((true, $"{ResourceSubscription.Limit + 1}"), (subscription.NeedsComparison, subscription.Seen));
        for (var i = 0; i < ResourceSubscription.Limit; i++)
            subscription.Dequeue();
        Assert.True(subscription.Resume());

        // Of what has changed meanwhile, what is older than the trigger does not count, as at the first time.
        subscription.Compare([.. objects, Object("old", "1001", 1)], "1002");
        Assert.Equal((false, null), (subscription.NeedsComparison, subscription.DealtWith));
        var rest = new List<string>();
        for (; subscription.Peek() is { } change; subscription.Dequeue())
            rest.Add($"{change.Type} {change.Object.Metadata.Name}");
        Assert.Equal(["Added c202", "Added c203", "Added c204"], rest);
        Assert.Equal("1002", subscription.DealtWith);
    }

    [Fact]
    public void Where_nothing_happens_that_counts_it_is_told_once_in_a_while_how_far_the_watch_is()
    {
        var subscription = new ResourceSubscription(new ObjectKey("ns", "f"), new FlowTrigger { Name = "t", Resource = new() { ApiVersion = "v1", Kind = "ConfigMap" } }, "1", Since);
        var told = Enumerable.Range(1, 10).Where(minute => subscription.MoveTo($"{minute + 1}", Since.AddMinutes(minute)));
        Assert.Equal([2, 4, 6, 8, 10], told);
        Assert.False(subscription.MoveTo("12"));
        Assert.Equal(("12", Since.AddMinutes(10)), (subscription.Seen, subscription.Since));
    }

    [Fact]
    public void What_runs_of_the_flow_consist_of_does_not_count()
    {
        var subscription = new ResourceSubscription(new ObjectKey("ns", "f"), new FlowTrigger { Name = "t", Resource = new() { ApiVersion = "v1", Kind = "Pod", LabelSelector = "!skip" } }, "1", Since);
        Assert.False(subscription.Offer(Labelled("2", FlowNames.FlowLabel, "f")));
        Assert.True(subscription.Offer(Labelled("3", FlowNames.FlowLabel, "other")));
        Assert.False(subscription.Offer(Labelled("4", "skip", "")));
        Assert.False(subscription.Offer(new ResourceChange(ResourceTrigger.Modified, Object("m", "5", 1), null)));
        Assert.Equal("5", subscription.Seen);
    }

    private static ResourceChange Labelled(string version, string key, string value)
    {
        var item = Object("p", version, 11);
        item.Metadata.Labels = new Dictionary<string, string> { [key] = value };
        return new ResourceChange(ResourceTrigger.Added, item, null);
    }

    private static WatchedObject Object(string name, string version, int second) => new()
    {
        ApiVersion = "v1",
        Kind = "ConfigMap",
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "ns", Uid = $"uid-{name}", ResourceVersion = version, CreationTimestamp = new DateTime(2026, 1, 1, 0, 0, second, DateTimeKind.Utc) },
    };
}
