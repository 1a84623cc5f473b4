namespace Slipway.Controllers;

/// <summary>What a Job makes of failures of its pods: the first rule that matches decides.</summary>
internal sealed class PodFailurePolicyView
{
    public List<PodFailureRuleView>? Rules { get; set; }
}

/// <summary>A rule, of exit codes or of conditions.</summary>
internal sealed class PodFailureRuleView
{
    public string? Action { get; set; }
    public ExitCodesView? OnExitCodes { get; set; }
    public List<PodConditionPatternView>? OnPodConditions { get; set; }
}

internal sealed class ExitCodesView
{
    public string? ContainerName { get; set; }
    public string? Operator { get; set; }
    public List<int>? Values { get; set; }
}

internal sealed class PodConditionPatternView
{
    public string? Type { get; set; }
    public string? Status { get; set; }
}

/// <summary>When an indexed Job has succeeded before all of its indexes have: with the first rule that is met.</summary>
internal sealed class SuccessPolicyView
{
    public List<SuccessRuleView>? Rules { get; set; }
}

internal sealed class SuccessRuleView
{
    public string? SucceededIndexes { get; set; }
    public int? SucceededCount { get; set; }
}
