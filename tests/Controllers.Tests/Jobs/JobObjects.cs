using Slipway.Controllers.Tests.Workloads;

namespace Slipway.Controllers.Tests.Jobs;

/// <summary>Jobs and pods of Jobs for tables.</summary>
internal static class JobObjects
{
    public static JobView Job(string spec, string status = "null") =>
        Make.Read(Kinds.Jobs, $$"""{"metadata":{"name":"j","namespace":"a","uid":"job"},"spec":{{spec}},"status":{{status}} }""");

    /// <summary>A pod of a Job: <c>u1 Failed index=1 failures=2 ended=5 exit=42</c>.</summary>
    /// <param name="text">
    /// Its uid and phase, then words: <c>x</c> for being deleted, <c>free</c> for without its finalizer, <c>index=</c>, <c>failures=</c> and
    /// <c>ignored=</c> before it, <c>ended=</c> so many seconds ago, <c>exit=</c> of container <c>c</c>, <c>init=</c> of container <c>init</c>,
    /// <c>other=</c> of container <c>other</c>, <c>Condition=Status</c> for others.
    /// </param>
    public static PodView Pod(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var pod = new PodView { Spec = new(), Status = new() { Phase = words[1], Conditions = [], ContainerStatuses = [], InitContainerStatuses = [] } };
        pod.Metadata = new()
        {
            Uid = words[0],
            Name = words[0],
            NamespaceProperty = "a",
            Finalizers = [PodView.TrackingFinalizer],
            Annotations = new Dictionary<string, string>(),
            CreationTimestamp = Make.Now.AddHours(-1),
        };
        foreach (var word in words.Skip(2))
        {
            var (name, value) = word.IndexOf('=') is var at and >= 0 ? (word[..at], word[(at + 1)..]) : (word, "");
            switch (name)
            {
                case "x":
                    pod.Metadata.DeletionTimestamp = Make.Now;
                    break;
                case "free":
                    pod.Metadata.Finalizers = [];
                    break;
                case "index":
                    pod.Metadata.Annotations[PodView.IndexKey] = value;
                    break;
                case "failures":
                    pod.Metadata.Annotations["batch.kubernetes.io/job-index-failure-count"] = value;
                    break;
                case "ignored":
                    pod.Metadata.Annotations["batch.kubernetes.io/job-index-ignored-failure-count"] = value;
                    break;
                case "ended":
                    pod.Status.Conditions.Add(new() { Type = "Ready", Status = "False", LastTransitionTime = Make.Now.AddSeconds(-int.Parse(value)) });
                    break;
                case "exit" or "other":
                    pod.Status.ContainerStatuses.Add(Ended(name == "exit" ? "c" : name, value));
                    break;
                case "init":
                    pod.Status.InitContainerStatuses.Add(Ended(name, value));
                    break;
                default:
                    pod.Status.Conditions.Add(new() { Type = name, Status = value });
                    break;
            }
        }
        return pod;
    }

    /// <summary>Pods, separated by commas.</summary>
    public static PodView[] Pods(string texts) => [.. texts.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Pod)];

    /// <summary>Types and reasons of the conditions that a plan writes.</summary>
    public static string Conditions(JobPlan plan) => string.Join(' ', (plan.Status.Conditions ?? []).Select(condition => $"{condition.Type}/{condition.Reason}"));

    private static ContainerView Ended(string name, string code) => new() { Name = name, State = new() { Terminated = new() { ExitCode = int.Parse(code) } } };
}
