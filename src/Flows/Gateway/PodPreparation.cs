using Microsoft.Extensions.Logging;

namespace Slipway.Flows;

/// <summary>What the operator's containers do in the pod of a task.</summary>
public static class PodPreparation
{
    private const UnixFileMode Executable = (UnixFileMode)0b111_101_101;
    private const string WrapperName = "slipway-task";
    private const string SocketName = "task.sock";

    /// <summary>Puts slipway-task where the pod's containers find it.</summary>
    /// <param name="wrapper">Path of the executable.</param>
    /// <param name="directory">The shared directory.</param>
    public static void CopyWrapper(string wrapper, string directory)
    {
        var target = Path.Combine(directory, WrapperName);
        File.Copy(wrapper, target, overwrite: true);
        File.SetUnixFileMode(target, Executable);
    }

    /// <summary>Fetches what the task reads, whatever time it takes: an operator that is away comes back, or another takes its place.</summary>
    /// <param name="gateway">The way to the operator.</param>
    /// <param name="directory">Where it belongs.</param>
    /// <param name="clock">The clock of pauses between attempts.</param>
    /// <param name="log">Where it says what it waits for.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ArtifactRefusedException">The operator refuses, which trying again does not change.</exception>
    public static async Task FetchInputsAsync(GatewayClient gateway, string directory, TimeProvider clock, ILogger log, CancellationToken cancellation)
    {
        var inputs = new GatewayInputs(gateway, clock, log);
        await InputTree.LayAsync(await inputs.AgainAsync(() => gateway.InputsAsync(cancellation), cancellation), directory, inputs, cancellation);
    }

    /// <summary>Listens where slipway-task sends outputs to, and passes them on to the operator, until cancelled.</summary>
    /// <param name="gateway">The way to the operator.</param>
    /// <param name="directory">The shared directory.</param>
    /// <param name="pod">The pod, for messages.</param>
    /// <param name="log">Where faults are told.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task RelayAsync(GatewayClient gateway, string directory, string pod, ILogger log, CancellationToken cancellation)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellation.Register(stopped.SetResult);
        await using var endpoint = TaskEndpoint.Listen(directory, SocketName, pod, gateway, log);
        await stopped.Task;
    }
}
