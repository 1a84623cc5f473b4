using Microsoft.Extensions.Time.Testing;
using Slipway.Testing;

namespace Slipway.Flows.Tests;

public sealed class DirectoryReadsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_directory_answers_late_counts()
    {
        var clock = new FakeTimeProvider();
        using var hung = new HungDirectory("/in");
        var reads = new DirectoryReads(
            directory =>
            {
                hung.Enter(directory);
                return [new FileState("a", 1, clock.GetUtcNow(), clock.GetUtcNow())];
            },
            clock);
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = reads.ReadAsync("/in", told.SetResult, Cancellation);
        await hung.Entered.WaitAsync(TestCluster.Patience, Cancellation);
        clock.Advance(DirectoryReads.Patience);
        Assert.Equal("/in has not answered for 30 seconds; see to its file system", await told.Task.WaitAsync(TestCluster.Patience, Cancellation));
        Assert.False(reading.IsCompleted);
        hung.Dispose();
        Assert.Equal("a", Assert.Single(await reading.WaitAsync(TestCluster.Patience, Cancellation)).Name);
        Assert.Equal(1, hung.Count);
    }
}
