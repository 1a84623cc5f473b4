using System.Collections.Concurrent;

namespace Slipway.ApiServer.Discovery;

/// <summary>
/// What the server does when it starts, by the names that health checks of Kubernetes give it: steps that must be done once, and
/// loops that must go on.
/// </summary>
internal sealed class StartHooks
{
    /// <summary>Names in the order of the checks.</summary>
    public static readonly string[] Names =
    [
        "generic-apiserver-start-informers", "crd-informer-synced", "start-apiextensions-controllers", "start-system-namespaces-controller",
        "bootstrap-controller", "rbac/bootstrap-roles", "scheduling/bootstrap-system-priority-classes",
    ];

    private readonly ConcurrentDictionary<string, (Task Work, bool IsLoop)> _hooks = new(StringComparer.Ordinal);

    /// <summary>Does a step.</summary>
    public async Task StepAsync(string name, Func<Task> step)
    {
        var work = step();
        _hooks[name] = (work, false);
        await work;
    }

    /// <summary>Notes a loop that has begun.</summary>
    /// <returns>The loop.</returns>
    public Task Loop(string name, Task loop)
    {
        _hooks[name] = (loop, true);
        return loop;
    }

    /// <summary>What is wrong; null when all is well.</summary>
    public string? FaultOf(string name) => !_hooks.TryGetValue(name, out var hook) ? "not started" : hook switch
    {
        { Work.Exception.InnerException.Message: var message } => message,
        { IsLoop: true, Work.IsCompleted: true } => "has ended",
        { IsLoop: false, Work.IsCompletedSuccessfully: false } => "not finished",
        _ => null,
    };
}
