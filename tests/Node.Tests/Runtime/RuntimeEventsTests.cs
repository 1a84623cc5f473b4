using Slipway.Node.Pods;
using Slipway.Node.Runtime;

namespace Slipway.Node.Tests.Runtime;

public sealed class RuntimeEventsTests
{
    [Theory]
    // what its record says of a container, and for which containers that have ended that is still to be told
    [InlineData(ContainerPhase.Waiting, "")]
    [InlineData(ContainerPhase.Starting, "new")]
    [InlineData(ContainerPhase.Running, "last")]
    [InlineData(ContainerPhase.Exited, "")]
    internal void Ends_are_told_of_what_runs_and_of_what_is_being_started(ContainerPhase phase, string expected)
    {
        var record = new ContainerRecord("main") { Phase = phase, Id = "last", PreviousId = "before" };
        string[] ended = ["before", "last", "new"];
        Assert.Equal(expected, string.Join(' ', ended.Where(id => RuntimeEvents.IsUntold(record, id))));
    }
}
