using System.Text;
using Grpc.Core;
using Slipway.Node.Cri;

namespace Slipway.Node.Runtime;

/// <summary>How a command in a container ended.</summary>
/// <param name="Code">Exit code; null when it was ended for taking too long.</param>
/// <param name="Output">What it wrote to standard output and error.</param>
internal sealed record CommandResult(int? Code, string Output);

/// <summary>Runs commands in containers, for probes and hooks.</summary>
internal sealed class ContainerCommands(CriClient cri)
{
    private const int LongestOutput = 10 * 1024;

    /// <param name="timeout">After which the command is killed; null for never.</param>
    /// <exception cref="RpcException">The command could not be started.</exception>
    public async Task<CommandResult> RunAsync(string containerId, IEnumerable<string> command, TimeSpan? timeout, CancellationToken cancellation)
    {
        var request = new ExecSyncRequest { ContainerId = containerId, Timeout = timeout is { } limit ? Math.Max(1, (long)Math.Ceiling(limit.TotalSeconds)) : 0 };
        request.Cmd.AddRange(command);
        try
        {
            var answer = await cri.Runtime.ExecSyncAsync(request, cancellationToken: cancellation);
            var output = answer.Stdout.ToByteArray().Concat(answer.Stderr.ToByteArray()).Take(LongestOutput).ToArray();
            return new(answer.ExitCode, Encoding.UTF8.GetString(output));
        }
        catch (RpcException late) when (late.StatusCode == StatusCode.DeadlineExceeded
            || late.StatusCode == StatusCode.Unknown && late.Status.Detail.Contains("timeout", StringComparison.Ordinal) && late.Status.Detail.Contains("exceeded", StringComparison.Ordinal))
        {
            return new(null, "");
        }
    }
}
