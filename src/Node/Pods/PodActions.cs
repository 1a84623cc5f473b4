namespace Slipway.Node.Pods;

/// <summary>Something that a pod's worker does; its outcome comes back as a <see cref="PodEvent"/>.</summary>
internal abstract record PodAction
{
    public sealed record StartSandbox(uint Attempt) : PodAction;

    public sealed record StopSandbox(string Id) : PodAction;

    public sealed record RemoveSandbox(string Id) : PodAction;

    public sealed record PrepareVolumes : PodAction;

    public sealed record RefreshVolumes : PodAction;

    public sealed record RemoveVolumes : PodAction;

    public sealed record EnsureImage(string Container) : PodAction;

    /// <param name="Container">Name of the container.</param>
    /// <param name="Attempt">How often it has been started before.</param>
    /// <param name="Obsolete">Id of the container before the last one, which goes; empty if there is none.</param>
    public sealed record StartContainer(string Container, int Attempt, string Obsolete) : PodAction;

    /// <summary>Changes the resources of containers that run.</summary>
    public sealed record Resize : PodAction;

    /// <summary>Calls the hook that follows a container's start.</summary>
    public sealed record PostStart(string Container, string Id) : PodAction;

    /// <param name="Container">Name of the container.</param>
    /// <param name="Id">Id of the container.</param>
    /// <param name="Grace">Time for its hook and its own end, before it is killed.</param>
    /// <param name="Message">Why; empty when its pod ends.</param>
    /// <param name="CallsHook">Whether its preStop hook is called first.</param>
    public sealed record StopContainer(string Container, string Id, TimeSpan Grace, string Message = "", bool CallsHook = false) : PodAction;

    /// <summary>Deletes the pod from the API, once its last status has been written.</summary>
    public sealed record DeletePod : PodAction;
}

/// <summary>What is to be done now.</summary>
/// <param name="State">The state, in which the actions are noted as under way.</param>
/// <param name="Actions">To be started now, all at once.</param>
/// <param name="WakeAt">When to look again if nothing happens.</param>
/// <param name="IsFinished">Nothing is left to do, ever.</param>
internal sealed record PodDecision(PodState State, IReadOnlyList<PodAction> Actions, DateTimeOffset? WakeAt, bool IsFinished);
