using System.Text.Json.Nodes;

namespace Slipway.Cli.Why.Pods;

/// <summary>The last lines of a container's log as evidence.</summary>
internal static class LogTail
{
    /// <summary>How many lines are read: enough for a stack trace.</summary>
    public const int Read = 40;

    private const int Shown = 6;

    /// <summary>The lines, the last of them at most.</summary>
    public static IReadOnlyList<string> Evidence(Inquiry inquiry, JsonObject pod, string container, bool previous) =>
        [.. inquiry.Log(pod, container, previous).Where(line => line.Trim().Length > 0).TakeLast(Shown).Select(line => $"log: {(line.Length <= 200 ? line : line[..200] + "…").TrimEnd()}")];
}
