namespace Slipway.Controllers;

/// <summary>The conditions of a Job, as lists that replace each other.</summary>
internal static class JobConditions
{
    /// <summary>With <c>Suspended</c> as it is now; a Job that never was says nothing of it.</summary>
    public static List<JobCondition> WithSuspended(List<JobCondition> conditions, bool suspended, DateTime now)
    {
        var said = conditions.Find(condition => condition.Type == JobView.Suspended);
        if ((said?.Status == "True") == suspended)
            return conditions;
        var (status, reason, message) = suspended ? ("True", "JobSuspended", "Job suspended") : ("False", "JobResumed", "Job resumed");
        return With(conditions, new() { Type = JobView.Suspended, Status = status, Reason = reason, Message = message, LastProbeTime = now, LastTransitionTime = now });
    }

    /// <summary>With the decision that the Job ends and, when it is done, the condition that it has.</summary>
    public static List<JobCondition> WithEnding(List<JobCondition> conditions, JobEnding ending, bool done, DateTime now)
    {
        var result = With(conditions, ending.Condition);
        return done ? With(result, ending.Condition with { Type = ending.Succeeded ? JobView.Complete : JobView.Failed, LastProbeTime = now, LastTransitionTime = now }) : result;
    }

    private static List<JobCondition> With(List<JobCondition> conditions, JobCondition condition)
    {
        var index = conditions.FindIndex(old => old.Type == condition.Type);
        return index < 0 ? [.. conditions, condition] : [.. conditions[..index], condition, .. conditions[(index + 1)..]];
    }
}
