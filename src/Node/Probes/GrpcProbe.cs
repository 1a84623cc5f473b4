using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Slipway.Node.Probes.Wire;

namespace Slipway.Node.Probes;

/// <summary>Probes by the health protocol of gRPC (https://github.com/grpc/grpc/blob/master/doc/health-checking.md), without TLS.</summary>
internal static class GrpcProbe
{
    public static async Task<ProbeOutcome> RunAsync(string host, int port, string service, TimeSpan timeout, CancellationToken cancellation)
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}");
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var channel = GrpcChannel.ForAddress($"http://{address}", new() { HttpHandler = handler });
        try
        {
            var answer = await new Health.HealthClient(channel).CheckAsync(new() { Service = service },
                new CallOptions(new Metadata { { "user-agent", "kube-probe/1.37" } }, SystemDeadline(timeout), cancellation));
            return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving ? ProbeOutcome.Success
                : ProbeOutcome.Failure($"service unhealthy (responded with \"{Name(answer.Status)}\")");
        }
        catch (RpcException failure) when (!cancellation.IsCancellationRequested)
        {
            return ProbeOutcome.Failure(failure.StatusCode switch
            {
                StatusCode.Unimplemented => $"error: this server does not implement the grpc health protocol (grpc.health.v1.Health): {failure.Status.Detail}",
                StatusCode.DeadlineExceeded => $"timeout: health rpc did not complete within {timeout.TotalSeconds:0}s",
                StatusCode.Unavailable => $"timeout: failed to connect service \"{address}\" within {timeout.TotalSeconds:0}s: {failure.Status.Detail}",
                _ => $"error: health rpc probe failed: {failure.Status.Detail}",
            });
        }
    }

    // A deadline of gRPC is a time of the machine's own clock.
    private static DateTime SystemDeadline(TimeSpan timeout) => (TimeProvider.System.GetUtcNow() + timeout).UtcDateTime;

    private static string Name(HealthCheckResponse.Types.ServingStatus status) => status switch
    {
        HealthCheckResponse.Types.ServingStatus.NotServing => "NOT_SERVING",
        HealthCheckResponse.Types.ServingStatus.ServiceUnknown => "SERVICE_UNKNOWN",
        _ => "UNKNOWN",
    };
}
