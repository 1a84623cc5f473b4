namespace Slipway.Node.Pods;

/// <summary>How a missing image is told of: the failure first, then that it is being waited for.</summary>
internal static class ImageProblems
{
    private static readonly TimeSpan FailureShown = TimeSpan.FromSeconds(1);

    /// <summary>Whether it is tried again at all: a bad name or a policy of Never stays as it is until the pod changes.</summary>
    private static bool IsPull(ImageProblem problem) => problem.Reason is "ErrImagePull";

    public static DateTimeOffset BackOffShownAt(ImageProblem problem) => IsPull(problem) ? problem.Since + FailureShown : problem.Since;

    /// <summary>Whether it is a pull that is waited for, and shown as that.</summary>
    public static bool IsBackingOff(ImageProblem problem, DateTimeOffset now) => IsPull(problem) && now >= BackOffShownAt(problem);

    public static (string Reason, string Message) Waiting(ImageProblem problem, string image, DateTimeOffset now) =>
        IsBackingOff(problem, now)
            ? ("ImagePullBackOff", $"Back-off pulling image \"{image}\": {problem.Reason}: {problem.Message}")
            : (problem.Reason, problem.Message);
}
