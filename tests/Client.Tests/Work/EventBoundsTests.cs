namespace Slipway.Client.Tests.Work;

public sealed class EventBoundsTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly EventSubject Pod = new("v1", "Pod", "a", "p", "u");

    private readonly EventBounds _bounds = new();

    // Messages, each a second after the one before; those that are counted with others in brackets.
    [Theory]
    [InlineData("a a a a a a a a a a a a", "a a a a a a a a a a a a")]
    [InlineData("a b c d e f g h i j k l", "a b c d e f g h i [j] [k] [l]")]
    [InlineData("a b c d e f g h i j b k a", "a b c d e f g h i [j] b [k] [a]")]
    public void Many_that_are_alike_are_counted_as_one(string messages, string expected) =>
        Assert.Equal(expected, string.Join(' ', messages.Split(' ').Select((message, second) =>
            _bounds.Group(Report(message), Start.AddSeconds(second)) is { Message: not "" } ? message : $"[{message}]")));

    [Fact]
    public void Those_of_another_kind_or_long_ago_are_not_alike()
    {
        foreach (var message in "abcdefghijk") _bounds.Group(Report($"{message}"), Start);
        var other = Report("l") with { Reason = "Other" };
        Assert.Equal(other, _bounds.Group(other, Start));
        Assert.Equal(Report("").Alike, _bounds.Group(Report("l"), Start.AddMinutes(10)));
        Assert.Equal(Report("m"), _bounds.Group(Report("m"), Start.AddMinutes(20.1)));
    }

    [Fact]
    public void Those_of_several_parts_of_an_object_are_alike()
    {
        foreach (var message in "abcdefghi") _bounds.Group(Report($"{message}") with { FieldPath = "spec.containers{web}" }, Start);
        Assert.Equal(Report(""), _bounds.Group(Report("j") with { FieldPath = "spec.containers{db}" }, Start));
        var again = Report("b") with { FieldPath = "spec.containers{db}" };
        Assert.Equal(again, _bounds.Group(again, Start));
    }

    [Fact]
    public void Of_one_object_twenty_five_at_once_may_be_written_and_one_more_each_five_minutes()
    {
        Assert.Equal(25, Enumerable.Range(0, 40).Count(_ => _bounds.Allow(Pod, Start)));
        Assert.True(_bounds.Allow(Pod with { Name = "q" }, Start));
        Assert.Equal(2, Enumerable.Range(0, 600).Count(second => _bounds.Allow(Pod, Start.AddSeconds(second + 1))));
        Assert.Equal(25, Enumerable.Range(0, 40).Count(_ => _bounds.Allow(Pod, Start.AddHours(3))));
    }

    private static EventReport Report(string message) => new(Pod, null, "Warning", "Unhealthy", message);
}
