using Slipway.Controllers.Tests.Workloads;

namespace Slipway.Controllers.Tests.Disruptions;

public sealed class BudgetPlanTests
{
    [Theory]
    // spec; pods; scale; healthy, desired, expected, allowed
    [InlineData(""" "minAvailable":2 """, "a ready, b ready, c ready", 0, 3, 2, 3, 1)]
    [InlineData(""" "minAvailable":2 """, "a ready, b ready x, c Running", 0, 1, 2, 3, 0)]
    [InlineData(""" "minAvailable":"50%" """, "a ready, b ready, c ready", 3, 3, 2, 3, 1)]
    [InlineData(""" "maxUnavailable":1 """, "a ready, b ready, c ready", 3, 3, 2, 3, 1)]
    [InlineData(""" "maxUnavailable":1 """, "a ready, b ready", 3, 2, 2, 3, 0)]
    [InlineData(""" "maxUnavailable":"30%" """, "a ready, b ready, c ready, d ready", 4, 4, 2, 4, 2)]
    [InlineData(""" "maxUnavailable":5 """, "a ready", 3, 1, 0, 3, 1)]
    [InlineData(""" "maxUnavailable":1 """, "", 0, 0, 0, 0, 0)]
    public void A_budget_allows_what_it_can_spare(string spec, string pods, int scale, int healthy, int desired, int expected, int allowed)
    {
        var status = BudgetPlan.For(Budget(spec), Make.Pods(pods), scale, gone: [], Make.Now).Status;
        Assert.Equal((healthy, desired, expected, allowed), (status.CurrentHealthy, status.DesiredHealthy, status.ExpectedPods, status.DisruptionsAllowed));
        var condition = status.Conditions!.Single();
        Assert.Equal((allowed > 0 ? "True SufficientPods" : "False InsufficientPods", 3L), ($"{condition.Status} {condition.Reason}", condition.ObservedGeneration));
    }

    [Fact]
    public void A_pod_whose_eviction_was_allowed_counts_as_gone_until_it_is_or_does_not_go()
    {
        var budget = Budget(""" "minAvailable":1 """) with
        {
            Status = new() { DisruptedPods = new() { ["a"] = Make.Now.AddSeconds(-30), ["b"] = Make.Now.AddSeconds(-121), ["c"] = Make.Now, ["gone"] = Make.Now } },
        };
        var plan = BudgetPlan.For(budget, Make.Pods("a ready, b ready, c ready x, d ready"), 0, gone: [], Make.Now);
        Assert.Equal((2, 1), (plan.Status.CurrentHealthy, plan.Status.DisruptionsAllowed));
        Assert.Equal(["a"], plan.Status.DisruptedPods!.Keys);
        Assert.Equal(["b"], plan.NotDeleted);
        Assert.Equal(TimeSpan.FromSeconds(90), plan.Again);

        plan = BudgetPlan.For(budget, Make.Pods("a ready, b ready, c ready x, d ready"), 0, gone: ["b"], Make.Now);
        Assert.Equal((1, 0), (plan.Status.CurrentHealthy, plan.Status.DisruptionsAllowed));
        Assert.Equal(["a", "b"], plan.Status.DisruptedPods!.Keys.Order());
        Assert.Empty(plan.NotDeleted);
        Assert.Equal(TimeSpan.FromSeconds(10), plan.Again);
    }

    [Fact]
    public void What_cannot_be_told_allows_nothing()
    {
        var budget = Budget(""" "maxUnavailable":1 """);
        var status = BudgetPlan.Failed(budget with { Status = new() { DisruptionsAllowed = 2 } }, "why", Make.Now);
        Assert.Equal((0, "SyncFailed", "why"), (status.DisruptionsAllowed, status.Conditions!.Single().Reason, status.Conditions![0].Message));
    }

    private static BudgetView Budget(string spec) => Make.Read(Kinds.Budgets, $$$"""{"metadata":{"name":"b","uid":"b","namespace":"default","generation":3},"spec":{ {{{spec}}} } }""");
}
