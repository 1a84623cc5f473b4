using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Why a run, or what needs a service in it, ends before all is done.</summary>
/// <param name="Reason">Of attempts that are ended by it, in one word.</param>
/// <param name="Message">What has ended it, in one line.</param>
/// <param name="IsFailure">Whether tasks of onFailure run: it took too long. Not when somebody wanted its end.</param>
internal sealed record StopOfRun(string Reason, string Message, bool IsFailure)
{
    /// <summary>What it says on pods that it ends.</summary>
    public string Note => $"{Reason} {Message}";

    /// <summary>What ends the run; null if nothing does.</summary>
    public static StopOfRun? Find(RunView view)
    {
        if (view.Stop is { } stop)
            return new StopOfRun(AttemptReason.RunStopped, RunRecord.StoppedMessage(stop), IsFailure: false);
        return view.Flow.Timeout is not null && (Timeout(view) <= view.Now || view.Attempts.Any(IsEndedLate) || view.Pods.Any(IsEndedLate))
            ? new StopOfRun(AttemptReason.RunTimeout, $"the run took longer than its timeout of {view.Flow.Timeout}; raise spec.timeout", IsFailure: true)
            : null;
    }

    // What has been ended for it is not begun again: a status that was read before the last one was written may count a wait for people longer than it was.
    // A fake of a test, which has no pod, only says that it was.
    private static bool IsEndedLate(AttemptRecord attempt) => attempt is { Reason: AttemptReason.RunTimeout, Pod.Length: > 0 };

    private static bool IsEndedLate(V1Pod pod) => FailureText.Note(pod)?.Reason == AttemptReason.RunTimeout;

    /// <summary>Whether the run is late.</summary>
    public static bool IsLate(RunView view) => After(view, view.Flow.Deadline) <= view.Now;

    /// <summary>When one of these will change by time alone.</summary>
    public static IEnumerable<DateTimeOffset> Changes(RunView view) =>
        new[] { view.Waiting.Since is null ? Timeout(view) : null, After(view, view.Flow.Deadline) }.OfType<DateTimeOffset>().Where(t => t > view.Now);

    /// <summary>When the run has taken too long: that it waits for people does not count, but does make it late.</summary>
    private static DateTimeOffset? Timeout(RunView view) => After(view, view.Flow.Timeout) + view.Waiting.Until(view.Now);

    private static DateTimeOffset? After(RunView view, string? span) => FlowDuration.TryParse(span, out var duration) ? view.Start + duration : null;
}
