using System.Globalization;

namespace Slipway.Controllers.Tests.HorizontalPodAutoscalers;

public sealed class ScalingLimitsTests
{
    private static readonly DateTime Now = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    // What was recommended before as seconds ago:replicas.
    [Theory]
    [InlineData(3, 5, "", 5, "ReadyForNewScale DesiredWithinRange")]
    [InlineData(3, 20, "", 6, "ReadyForNewScale ScaleUpLimit")]
    [InlineData(1, 20, "", 4, "ReadyForNewScale ScaleUpLimit")]
    [InlineData(8, 20, "", 10, "ReadyForNewScale TooManyReplicas")]
    [InlineData(5, 1, "", 2, "ReadyForNewScale TooFewReplicas")]
    [InlineData(5, 3, "100:5", 5, "ScaleDownStabilized DesiredWithinRange")]
    [InlineData(5, 3, "100:4 200:3", 4, "ScaleDownStabilized DesiredWithinRange")]
    [InlineData(5, 3, "301:5", 3, "ReadyForNewScale DesiredWithinRange")]
    public void Without_a_behaviour_the_usual_limits_hold(int current, int recommended, string before, int replicas, string reasons) =>
        Check(new() { MaxReplicas = 10 }, current, recommended, before, replicas, reasons);

    // Rules as type, value and period; U: up, D: down; what was done as +N or -N at seconds ago.
    [Theory]
    [InlineData(10, 100, "U Pods 4 60", "", 14, "ReadyForNewScale ScaleUpLimit")]
    [InlineData(10, 100, "U Percent 50 60", "", 15, "ReadyForNewScale ScaleUpLimit")]
    [InlineData(10, 100, "U Pods 4 60,U Percent 50 60", "", 15, "ReadyForNewScale ScaleUpLimit")]
    [InlineData(10, 100, "U Pods 4 60,U Percent 50 60,U Min", "", 14, "ReadyForNewScale ScaleUpLimit")]
    [InlineData(10, 100, "U Disabled", "", 10, "ReadyForNewScale ScaleUpLimit")]
    [InlineData(10, 100, "U Pods 4 60", "+3@30", 11, "ReadyForNewScale ScaleUpLimit")]
    [InlineData(10, 100, "U Pods 4 60", "+9@30", 10, "ReadyForNewScale ScaleUpLimit")]
    [InlineData(10, 100, "U Pods 4 60", "+3@61", 14, "ReadyForNewScale ScaleUpLimit")]
    [InlineData(10, 100, "U Pods 4 60", "-2@30", 16, "ReadyForNewScale ScaleUpLimit")]
    [InlineData(10, 100, "U Pods 400 60", "", 50, "ReadyForNewScale TooManyReplicas")]
    [InlineData(1, 2, "U Percent 1 60", "", 2, "ReadyForNewScale DesiredWithinRange")]
    [InlineData(20, 3, "D Pods 4 60,D window 0", "", 16, "ReadyForNewScale ScaleDownLimit")]
    [InlineData(20, 3, "D Percent 50 60,D window 0", "", 10, "ReadyForNewScale ScaleDownLimit")]
    [InlineData(20, 3, "D Pods 4 60,D Percent 50 60,D window 0", "", 10, "ReadyForNewScale ScaleDownLimit")]
    [InlineData(20, 3, "D Pods 4 60,D Percent 50 60,D Min,D window 0", "", 16, "ReadyForNewScale ScaleDownLimit")]
    [InlineData(20, 3, "D Pods 4 60,D window 0", "-3@30", 19, "ReadyForNewScale ScaleDownLimit")]
    [InlineData(20, 1, "D Percent 100 15,D window 0", "", 2, "ReadyForNewScale TooFewReplicas")]
    [InlineData(20, 3, "D Disabled,D window 0", "", 20, "ReadyForNewScale ScaleDownLimit")]
    public void A_behaviour_says_how_fast(int current, int recommended, string rules, string done, int replicas, string reasons)
    {
        var history = ScalingHistory.From(recommended, Now.AddHours(-2));
        foreach (var change in done.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(d => d.Split('@')))
            history = history.Scaled(0, int.Parse(change[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), Now.AddSeconds(-Number(change[1])));
        Check(new() { MaxReplicas = 50, Behavior = Behavior(rules) }, current, recommended, history, replicas, reasons);
    }

    [Theory]
    [InlineData(5, 9, "U window 60", "30:6 50:8", 6, "ScaleUpStabilized DesiredWithinRange")]
    [InlineData(5, 9, "U window 60", "61:6", 9, "ReadyForNewScale DesiredWithinRange")]
    [InlineData(5, 9, "U window 60", "30:3", 5, "ScaleUpStabilized DesiredWithinRange")]
    [InlineData(5, 3, "D window 60", "30:4", 4, "ScaleDownStabilized DesiredWithinRange")]
    [InlineData(5, 3, "D window 60", "30:9", 5, "ScaleDownStabilized DesiredWithinRange")]
    [InlineData(5, 3, "D window 60", "61:9", 3, "ReadyForNewScale DesiredWithinRange")]
    [InlineData(5, 3, "D window 0", "1:9", 3, "ReadyForNewScale DesiredWithinRange")]
    [InlineData(5, 3, "U window 0", "200:9", 5, "ScaleDownStabilized DesiredWithinRange")]   // unless it says, five minutes downwards
    public void A_behaviour_says_how_steadily(int current, int recommended, string rules, string before, int replicas, string reasons) =>
        Check(new() { MaxReplicas = 50, Behavior = Behavior(rules) }, current, recommended, before, replicas, reasons);

    private static void Check(AutoscalerSpec spec, int current, int recommended, string before, int replicas, string reasons)
    {
        var history = new ScalingHistory([.. before.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(b => b.Split(':')).Select(b => new Counted(Now.AddSeconds(-Number(b[0])), Number(b[1])))], [], []);
        Check(spec, current, recommended, history, replicas, reasons);
    }

    private static void Check(AutoscalerSpec spec, int current, int recommended, ScalingHistory history, int replicas, string reasons)
    {
        var limited = ScalingLimits.Of(spec, 2, current, recommended, history, Now);
        Assert.Equal((replicas, reasons), (limited.Replicas, $"{limited.Stabilized.Reason} {limited.Limit.Reason}"));
        Assert.Equal(!reasons.EndsWith("DesiredWithinRange", StringComparison.Ordinal), limited.IsLimited);
    }

    private static ScalingBehavior Behavior(string rules)
    {
        ScalingRules up = new() { Policies = [] }, down = new() { Policies = [] };
        foreach (var rule in rules.Split(','))
        {
            var words = rule.Split(' ');
            var target = words[0] == "U" ? up : down;
            if (words[1] == "window") target.StabilizationWindowSeconds = Number(words[2]);
            else if (words.Length == 2) target.SelectPolicy = words[1];
            else target.Policies!.Add(new() { Type = words[1], Value = Number(words[2]), PeriodSeconds = Number(words[3]) });
        }
        return new() { ScaleUp = up, ScaleDown = down };
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
