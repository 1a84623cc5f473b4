using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows.Tests;

public sealed class RunQueuesTests
{
    private static readonly ObjectKey Flow = new("default", "f");

    private readonly Dictionary<ObjectKey, FlowRun> cache = [];
    private readonly RunQueues queues;

    public RunQueuesTests() => queues = new RunQueues(key => cache.GetValueOrDefault(key));

    [Theory]
    [InlineData("", 9, "")]
    [InlineData("c b a", 9, "a b c")]
    [InlineData("c b a", 2, "a b")]
    [InlineData("d* c b a*", 1, "d a b")]
    [InlineData("a! b- c*- d*! e", 9, "d e")] // suspended, being deleted
    [InlineData("a* b c a.", 9, "b c")] // ended
    [InlineData("a b c b~", 9, "a c")] // gone
    [InlineData("a b a*", 9, "a b")]
    [InlineData("a b a!", 9, "b")]
    [InlineData("a! b a", 9, "a b")] // resumed
    [InlineData("a/ b", 9, "b")] // of another flow
    public void The_runs_of_a_flow_are_those_under_way_and_the_first_that_wait(string changes, int waiting, string expected)
    {
        foreach (var change in changes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Change(change);
        Assert.Equal(expected, Of(waiting));
    }

    [Fact]
    public void What_was_started_here_counts_before_the_cache_shows_it_and_no_longer_than_it_is_there()
    {
        Change("a");
        Change("b");
        queues.Start(Run("b*"));
        Assert.Equal("b a", Of(9));
        Change("b"); // such as a label: from before its start
        Assert.Equal("b a", Of(9));
        Change("b*");
        Change("b.");
        Assert.Equal("a", Of(9));

        // It was deleted before its start was answered.
        Change("a~");
        queues.Start(Run("a*"));
        Assert.Equal("", Of(9));
        Change("a");
        Assert.Equal("a", Of(9));
    }

    private string Of(int waiting) => string.Join(' ', queues.Of(Flow, waiting).Select(r => r.Metadata.Name));

    private void Change(string text)
    {
        var key = new ObjectKey("default", text[..1]);
        var (old, run) = (cache.GetValueOrDefault(key), text.Contains('~', StringComparison.Ordinal) ? null : Run(text));
        if (run is null)
            cache.Remove(key);
        else
            cache[key] = run;
        queues.Apply(new ObjectChange<FlowRun>(key, old, run));
    }

    // A letter, and what it is: * started, ! suspended, - being deleted, . ended, / of another flow.
    private static FlowRun Run(string text)
    {
        var (name, created) = (text[..1], new DateTime(2026, 1, 1 + text[0] - 'a', 0, 0, 0, DateTimeKind.Utc));
        return new FlowRun
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", Uid = name, CreationTimestamp = created, DeletionTimestamp = text.Contains('-', StringComparison.Ordinal) ? created : null },
            Spec = new FlowRunSpec { Flow = text.Contains('/', StringComparison.Ordinal) ? "other" : "f", Suspend = text.Contains('!', StringComparison.Ordinal) ? true : null },
            Status = text.Contains('.', StringComparison.Ordinal) ? new FlowRunStatus { Phase = FlowPhase.Succeeded, Flow = new FlowSpec() } : text.Contains('*', StringComparison.Ordinal) ? new FlowRunStatus { Flow = new FlowSpec() } : null,
        };
    }
}
