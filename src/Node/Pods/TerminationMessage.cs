using System.Text;
using k8s.Models;
using Slipway.Node.Logs;

namespace Slipway.Node.Pods;

/// <summary>The message that a container leaves behind (https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/).</summary>
internal static class TerminationMessage
{
    private const int Longest = 4096;
    private const int LongestOfLog = 2048;
    private const int LinesOfLog = 80;

    /// <summary>What the container wrote to its message file or, if its policy says so and it failed, the end of its log.</summary>
    public static string Read(V1Container container, int exitCode, string messageFile, string logFile)
    {
        var written = Encoding.UTF8.GetString(LogTail.Bytes(messageFile, Longest));
        return written.Length > 0 || exitCode == 0 || container.TerminationMessagePolicy != "FallbackToLogsOnError"
            ? written
            : OfLog(LogTail.Bytes(logFile, 64 * 1024));
    }

    internal static string OfLog(byte[] log)
    {
        var text = new StringBuilder();
        foreach (var line in CriLogLine.ReadAll(log).TakeLast(LinesOfLog))
            text.Append(Encoding.UTF8.GetString(line.Content.Span)).Append(line.IsPartial ? "" : "\n");
        var message = text.ToString();
        return message.Length <= LongestOfLog ? message : message[^LongestOfLog..];
    }
}
