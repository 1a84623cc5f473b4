using Grpc.Core;
using k8s.Models;
using Slipway.Client;
using Slipway.Node.Images;
using Slipway.Node.Pods;
using Slipway.Node.Runtime;

namespace Slipway.Node.Probes;

/// <summary>Makes single probes and tells of those that fail.</summary>
internal sealed class Prober(ContainerCommands commands, EventRecorder events, TimeProvider clock)
{
    private const int Tries = 3;

    public TimeProvider Clock => clock;

    public ProbeMetrics Metrics { get; } = new();

    /// <summary>Probes a container once; a probe that cannot be made is tried again at once, three times in all.</summary>
    public async Task<ProbeOutcome> ProbeAsync(V1Pod pod, V1Container container, string id, string podAddress, ProbeKind kind, CancellationToken cancellation)
    {
        var probe = container.Probe(kind)!;
        var outcome = default(ProbeOutcome);
        for (var tries = 0; tries < Tries; tries++)
        {
            outcome = await OnceAsync(probe, container, id, podAddress, cancellation);
            if (outcome.Result != ProbeResult.Unknown)
                break;
        }
        if (Tell(kind, outcome) is var (reason, message))
            events.Record(pod, "Warning", reason, message, ImagePuller.FieldPath(pod, container));
        return outcome;
    }

    /// <summary>Reason and message of the event about an outcome; null for a plain success.</summary>
    internal static (string Reason, string Message)? Tell(ProbeKind kind, ProbeOutcome outcome) => outcome.Result switch
    {
        ProbeResult.Failure => ("Unhealthy", $"{kind} probe failed: {outcome.Message}"),
        ProbeResult.Unknown => ("Unhealthy", $"{kind} probe errored: {outcome.Message}"),
        ProbeResult.Warning => ("ProbeWarning", $"{kind} probe warning: {outcome.Message}"),
        _ => null,
    };

    private async Task<ProbeOutcome> OnceAsync(V1Probe probe, V1Container container, string id, string podAddress, CancellationToken cancellation)
    {
        try
        {
            return probe switch
            {
                { Exec: { } exec } => await ExecAsync(exec, id, probe.Timeout, cancellation),
                { HttpGet: { } http } => await HttpProbe.RunAsync(http, HttpCall.UriOf(http, container, podAddress), probe.Timeout, clock, cancellation),
                { TcpSocket: { } tcp } => await TcpProbe.RunAsync(tcp.Host is { Length: > 0 } host ? host : podAddress, HttpCall.Port(tcp.Port.Value, container), probe.Timeout, clock, cancellation),
                { Grpc: { } grpc } => await GrpcProbe.RunAsync(podAddress, grpc.Port, grpc.Service ?? "", probe.Timeout, cancellation),
                _ => new(ProbeResult.Unknown, "it says none of exec, httpGet, tcpSocket and grpc"),
            };
        }
        catch (Exception failure) when (failure is ContainerConfigException or UriFormatException or RpcException && !cancellation.IsCancellationRequested)
        {
            return new(ProbeResult.Unknown, failure is RpcException rpc ? rpc.Status.Detail : failure.Message);
        }
    }

    private async Task<ProbeOutcome> ExecAsync(V1ExecAction exec, string id, TimeSpan timeout, CancellationToken cancellation)
    {
        var result = await commands.RunAsync(id, exec.Command ?? [], timeout, cancellation);
        return result.Code switch
        {
            0 => ProbeOutcome.Success,
            null => ProbeOutcome.Failure($"command timed out: \"{string.Join(' ', exec.Command ?? [])}\" timed out after {timeout.TotalSeconds:0}s"),
            _ => ProbeOutcome.Failure(result.Output),
        };
    }
}
