namespace Slipway.Controllers;

/// <summary>Whether the <c>successPolicy</c> of an indexed Job is met.</summary>
internal static class JobSuccess
{
    /// <summary>Place of the first rule that is met; null when none is.</summary>
    public static int? MetRule(JobView job, IndexSet completed)
    {
        var index = (job.Spec.SuccessPolicy?.Rules ?? []).FindIndex(rule => IsMet(rule, completed, job.Spec.Completions ?? 0));
        return index < 0 || completed.Count == 0 ? null : index;
    }

    // By all of the indexes that it names, or as many of them as it asks for; by as many of any when it names none.
    private static bool IsMet(SuccessRuleView rule, IndexSet completed, int completions)
    {
        if (rule.SucceededIndexes is null)
            return completed.Count >= rule.SucceededCount;
        var named = IndexSet.Parse(rule.SucceededIndexes, completions);
        var succeeded = named.CountIn(completed);
        return named.Count > 0 && (succeeded == named.Count || succeeded >= rule.SucceededCount);
    }
}
