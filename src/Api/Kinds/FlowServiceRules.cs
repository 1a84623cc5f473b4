namespace Slipway.Api.Kinds;

/// <summary>Rules of tasks that are services, and of those that need them.</summary>
internal static class FlowServiceRules
{
    public static void Check(string path, FlowTask task, ExpressionScope scope, List<StatusCause> causes)
    {
        var others = scope.Group.Staged.Where(s => s.Stage == scope.Stage).Select(s => s.Task).ToList();
        if (task is { Cache: not null, IsCall: false } && FlowExpressions.NeedsOf(task, scope.Group, scope.Flow.Defaults).Select(n => others.Find(t => t.Name == n)).FirstOrDefault(t => t?.Service is not null) is { } used)
            causes.Add(StatusCause.Forbidden($"{path}.cache", $"the task needs the service {used.Name}, and what that holds is no part of a result; take cache out"));
        if (task.Service is null)
            return;
        foreach (var (field, isSet, why) in Excluded(task))
        {
            if (isSet)
                causes.Add(StatusCause.Forbidden($"{path}.{field}", $"service is set, and {why}"));
        }

        var users = others.FindAll(t => t != task && FlowExpressions.NeedsOf(t, scope.Group, scope.Flow.Defaults).Contains(task.Name));
        var own = LocksOf(task, scope).Where(l => (l.Slots ?? 1) == 1).Select(l => l.Name).ToHashSet(StringComparer.Ordinal);
        var shared = users.SelectMany(u => LocksOf(u, scope).Select(l => (User: u.Name, Lock: l.Name))).FirstOrDefault(l => own.Contains(l.Lock));
        if (shared.Lock is not null)
            causes.Add(StatusCause.Forbidden($"{path}.locks", $"{shared.User}, which needs the service, takes the lock {shared.Lock} too, and would wait for the service's end; give one of them locks: []"));
        if (users.Count == 0)
        {
            causes.Add(StatusCause.Invalid(
                $"{path}.service", $"\"{task.Name}\"", $"no task beside it needs it, so that it would be ended at once; read tasks{Member(task.Name)}.address in one, or name it in its needs"));
        }
    }

    /// <summary>What is wrong with reading <c>host</c> or <c>address</c> of a task; null if nothing is.</summary>
    public static string? Problem(string field, FlowTask task, ExpressionScope scope)
    {
        if (task.Service is null)
            return $"task {task.Name} has no {field}, since it is no service; set service on it";
        var isBeside = scope.Task is not null && scope.Group.Staged.Any(s => s.Task == task && s.Stage == scope.Stage);
        return isBeside ? null : $"the service {task.Name} has been ended when this is read; the tasks of its own list can read its {field}";
    }

    private static List<TaskLock> LocksOf(FlowTask task, ExpressionScope scope) => task.Locks ?? scope.Flow.Defaults?.Locks ?? [];

    private static string Member(string name) => name.Contains('-', StringComparison.Ordinal) ? $"['{name}']" : $".{name}";

    private static IEnumerable<(string Field, bool IsSet, string Why)> Excluded(FlowTask task) =>
    [
        ("outputs", task.Outputs is not null, "what needs it runs while it does; let that write what is to be kept"),
        ("cache", task.Cache is not null, "there is no result to take in place of it"),
        ("repeat", task.Repeat is not null, "it runs as long as it is needed"),
        ("replicas", task.Replicas is not null, "each of several has a name of its own with forEach"),
        ("parallelism", task.Parallelism is not null, "all items of it run together"),
    ];
}
