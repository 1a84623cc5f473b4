using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public class RunTurnTests
{
    [Theory]
    [InlineData("Queue", 1, "", true, null, "")]
    [InlineData("Queue", 1, "a*", false, "waits for its turn: 1 run is under way, and concurrency.limit is 1", "")]
    [InlineData("Queue", 2, "a*", true, null, "")]
    [InlineData("Queue", 2, "a* b", false, "waits for its turn: 1 run is under way, and concurrency.limit is 2", "")]
    [InlineData("Queue", 2, "a* z", true, null, "")]
    [InlineData("Queue", 1, "a!", true, null, "")] // suspended
    [InlineData("Queue", 1, "a-", true, null, "")] // being deleted
    [InlineData("Queue", 1, "a*-", true, null, "")] // likewise
    [InlineData("Queue", 1, "a!*", false, "waits for its turn: 1 run is under way, and concurrency.limit is 1", "")]
    [InlineData("Replace", 1, "a*", false, "waits for its turn: 1 run is under way, and concurrency.limit is 1", "a")]
    [InlineData("Replace", 2, "a* b*", false, "waits for its turn: 2 runs are under way, and concurrency.limit is 2", "a")]
    [InlineData("Replace", 1, "a* b", false, "waits for its turn: 1 run is under way, and concurrency.limit is 1", "a b")]
    [InlineData("Forbid", 1, "a*", false, null, "")]
    [InlineData("Forbid", 1, "b", true, null, "")]
    public void A_run_has_its_turn(string policy, int limit, string others, bool starts, string? waits, string stop)
    {
        var turn = RunTurn.For(Run("m"), new FlowConcurrency { Limit = limit, Policy = policy }, [.. others.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Run)]);
        Assert.Equal((starts, waits, stop), (turn.Starts, turn.Waits, string.Join(' ', turn.Stop)));
        Assert.Equal(policy == "Forbid" && !starts ? "flow f: 1 run is under way, and concurrency.limit is 1 with policy Forbid" : null, turn.Problem);
    }

    [Theory]
    [InlineData(1, "", "")]
    [InlineData(1, "c b", "b")]
    [InlineData(1, "a* c b", "")]
    [InlineData(1, "a* f* c b", "")] // the limit was lowered
    [InlineData(3, "a* e! d c b-", "c d")] // suspended, being deleted
    [InlineData(5, "c b", "b c")]
    [InlineData(null, "b c", "")] // nobody waits for a turn
    public void As_many_may_have_their_turn_as_there_is_room_for(int? limit, string runs, string expected)
    {
        var concurrency = limit is { } most ? new FlowConcurrency { Limit = most } : null;
        var candidates = RunTurn.Candidates(concurrency, [.. runs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Run)]);
        Assert.Equal(expected, string.Join(' ', candidates.Select(r => r.Metadata.Name)));
    }

    [Fact]
    public void A_lock_is_held_by_no_more_than_its_slots()
    {
        var run = new RunSimulation("""
            - { name: a, forEach: [1, 2, 3], command: [a], locks: [{ name: db, slots: 2 }] }
            - { name: b, template: t }
            """, "defaults: { image: 'x@sha256:00' }\ntemplates: [{ name: t, tasks: [{ name: x, command: [x], locks: [{ name: db, slots: 3 }, { name: gpu }] }] }]");
        run.LocksHeld["db"] = 1;
        Assert.Equal(["a[0]", "b.x"], run.Start());
        Assert.Equal("db,gpu", run.Pod("b.x").Metadata.Annotations[FlowNames.LocksAnnotation]);
        Assert.True(run.Plan().WaitsForLock);
        Assert.Equal("a[1] waits for the lock db", run.Plan().Status.Message);
        run.End("a[0]");
        Assert.Empty(run.Start());
        run.End("b.x");
        Assert.Equal(["a[1]"], run.Start());
        run.LocksHeld.Clear();
        Assert.Equal(["a[2]"], run.Start());
        Assert.False(run.Plan().WaitsForLock);
    }

    /// <summary>A run: under way with a star behind its name, suspended with an exclamation mark, being deleted with a dash; names are the order of their creation.</summary>
    private static FlowRun Run(string name)
    {
        var (isUnder, isSuspended, isDeleted) = (name.Contains('*'), name.Contains('!'), name.Contains('-'));
        name = name[..1];
        return new FlowRun
        {
            Metadata = new V1ObjectMeta { Name = name, Uid = name, CreationTimestamp = new DateTime(2026, 1, 1 + name[0] - 'a', 0, 0, 0, DateTimeKind.Utc), DeletionTimestamp = isDeleted ? DateTime.UnixEpoch : null },
            Spec = new FlowRunSpec { Flow = "f", Suspend = isSuspended ? true : null },
            Status = isUnder ? new FlowRunStatus { Flow = new FlowSpec(), StartTime = new DateTime(2026, 1, 1 + name[0] - 'a', 0, 0, 0, DateTimeKind.Utc) } : null,
        };
    }
}
