using Slipway.Node.Housekeeping;

namespace Slipway.Node.Tests.Housekeeping;

public sealed class PressureTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    // Minutes and MiB of free memory at each look, and whether memory counts as short after the last.
    [Theory]
    [InlineData("0:500", false)]
    [InlineData("0:50", true)]
    [InlineData("0:50 4:500", true)]
    [InlineData("0:50 5:500", false)]
    [InlineData("0:50 4:50 8:500", true)]
    public void A_shortage_is_told_of_at_once_and_for_some_time_after(string looks, bool isShort)
    {
        var pressure = looks.Split(' ').Select(l => l.Split(':').Select(n => long.Parse(n, System.Globalization.CultureInfo.InvariantCulture)).ToArray())
            .Aggregate(NodePressure.None, (p, l) => p.After(new(l[1] << 20, 1L << 40, 1L << 40), new(), Now.AddMinutes(l[0])));
        Assert.Equal((isShort, false), (pressure.Memory, pressure.Disk));
    }

    [Theory]
    [InlineData(100L << 30, 2L << 30, false)]
    [InlineData(100L << 30, 1000L << 20, true)]
    [InlineData(5L << 30, 600L << 20, false)]
    [InlineData(5L << 30, 500L << 20, true)]
    public void A_disk_is_full_by_share_and_amount(long capacity, long free, bool isFull) =>
        Assert.Equal(isFull, NodePressure.None.After(new(1L << 30, free, capacity), new(), Now).Disk);

    // Each pod as name:priority:used:requested.
    [Theory]
    [InlineData("a:0:10:20 b:0:30:20", "b")]
    [InlineData("a:0:30:20 b:0:90:20", "b")]
    [InlineData("a:5:90:20 b:0:30:20", "b")]
    [InlineData("a:0:10:20 b:0:15:20", "b")]
    [InlineData("a:2000000000:90:0 b:0:1:20", "b")]
    [InlineData("a:2000000000:90:0", null)]
    public void Who_takes_more_than_it_asked_for_goes_first(string pods, string? victim) => Assert.Equal(victim, EvictionRules.Victim(pods.Split(' ').Select(p => p.Split(':')).Select(p => new Candidate(
        new() { Metadata = new() { Name = p[0] }, Spec = new() { Priority = Number(p[1]) } }, [new("main", Number(p[2]), Number(p[3]))])))?.Pod.Metadata.Name);

    [Fact]
    public void Why_it_goes_is_told_in_the_words_of_Kubernetes() => Assert.Equal(
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 51000Ki. Container main was using 3Mi, request is 0, has larger consumption of memory. ",
        EvictionRules.Message("memory", 100 << 20, 51000 << 10, new(new(), [new("main", 3 << 20, 0), new("side", 1, 2)])));

    // Images as id:size:minutes since use, kept ones with a star.
    [Theory]
    [InlineData("a:5:10 b:5:20", 1, "b")]
    [InlineData("a:5:10 b:5:20", 6, "b a")]
    [InlineData("a:5:10 b:5:1", 9, "a")]
    [InlineData("*a:5:10 b:5:5", 9, "b")]
    [InlineData("a:5:10", 0, "")]
    [InlineData("a:5:10", -1, "")]
    public void The_longest_unused_images_go_as_far_as_needed(string images, long wanted, string chosen) => Assert.Equal(chosen, string.Join(' ', ImageCollection.Choose(
        images.Split(' ').Select(i => i.Split(':')).Select(i => new ImageUse(i[0].TrimStart('*'), Number(i[1]), Now.AddMinutes(-Number(i[2])), i[0].StartsWith('*'))), wanted, Now).Select(i => i.Id)));

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
