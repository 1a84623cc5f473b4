using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Cli.Why.Cluster;
using Slipway.Cli.Why.Pods;

namespace Slipway.Cli.Why.Workloads;

/// <summary>Why a Job has not done its work.</summary>
internal static class JobCauses
{
    public static IReadOnlyList<Cause> Of(Inquiry inquiry, JsonObject job)
    {
        if (job.IsBeingDeleted)
            return DeletionCauses.Of(inquiry, job);
        if (Conditions.Of(job, "Complete", "True") is not null)
            return [];
        var pods = WorkloadCauses.PodsOf(inquiry, job).ToList();
        var failed = PodGroups.Of(inquiry, pods.Where(pod => pod.At("status.phase").AsText() == "Failed").OrderByDescending(pod => pod.CreationTimestamp).Take(5));
        if ((Conditions.Of(job, "Failed", "True") ?? Conditions.Of(job, "FailureTarget", "True")) is { } end)
            return [Failed(job, end, failed)];
        if (job.At("spec.suspend").AsBoolean() == true)
        {
            return [new Cause("It is suspended")
            {
                Remedy = new("Let it run") { Object = $"job/{job.Name}", Path = "spec.suspend", Value = "false", Command = $"kubectl patch job {job.Name} -n {job.Namespace} -p '{{\"spec\":{{\"suspend\":false}}}}'" },
            }];
        }
        var causes = new List<Cause>();
        // One whose index is tried again is in the status only when it has been replaced.
        var failures = Math.Max(job.At("status.failed").AsInteger() ?? 0, pods.Count(pod => pod.At("status.phase").AsText() == "Failed"));
        if (failures > 0)
        {
            causes.Add(new Cause($"{Words.Count(failures, "pod")} of it failed; {Retries(job)}") { Because = failed });
        }
        causes.AddRange(PodGroups.Of(inquiry, pods.Where(pod => pod.At("status.phase").AsText() is not ("Failed" or "Succeeded"))));
        if (pods.Count == 0 && inquiry.Events(job).FirstOrDefault(e => e.Reason == "FailedCreate") is { } refused)
            causes.Add(new Cause("Its pods cannot be created: the API refuses them") { Because = RefusalCauses.Of(inquiry, job, refused.Message) });
        return causes;
    }

    /// <summary>How far it is, in one sentence.</summary>
    public static string State(JsonObject job)
    {
        var status = job.Object("status") ?? [];
        return Conditions.Of(job, "Complete", "True") is not null ? "it is complete"
            : Conditions.Of(job, "Failed", "True") is not null ? "it has failed"
            : $"{status.Integer("succeeded") ?? 0} succeeded, {status.Integer("active") ?? 0} active, {status.Integer("failed") ?? 0} failed";
    }

    private static string Retries(JsonObject job) => job.At("spec.backoffLimitPerIndex").AsInteger() is { } each
        ? $"an index is tried again until it has failed more than {each} times (backoffLimitPerIndex)"
        : $"it is tried again until there are more than {Limit(job)} (backoffLimit)";

    private static long Limit(JsonObject job) => job.At("spec.backoffLimit").AsInteger() ?? 6;

    private static Cause Failed(JsonObject job, JsonObject end, IReadOnlyList<Cause> because)
    {
        var (what, path, value) = end.Text("reason") switch
        {
            "BackoffLimitExceeded" => ($"Its pods failed more often than its backoffLimit of {Limit(job)} allows", "spec.backoffLimit", null),
            "DeadlineExceeded" => ($"It did not end within its activeDeadlineSeconds of {job.At("spec.activeDeadlineSeconds").AsInteger()}", "spec.activeDeadlineSeconds", (string?)"SECONDS"),
            "PodFailurePolicy" => ("A pod failed in a way that its podFailurePolicy says ends the job", "spec.podFailurePolicy", null),
            "FailedIndexes" => ($"Indexes of it failed more often than its backoffLimitPerIndex of {job.At("spec.backoffLimitPerIndex").AsInteger()} allows: {job.At("status.failedIndexes").AsText()}", "spec.backoffLimitPerIndex", null),
            "MaxFailedIndexesExceeded" => ($"More of its indexes failed than its maxFailedIndexes of {job.At("spec.maxFailedIndexes").AsInteger()} allows: {job.At("status.failedIndexes").AsText()}", "spec.maxFailedIndexes", null),
            _ => ("It failed", "spec", null),
        };
        return new Cause(what)
        {
            Evidence = [Conditions.Evidence(end)],
            Because = because,
            Remedy = because.Count > 0 && end.Text("reason") != "DeadlineExceeded"
                ? new("Mend the cause, then start it anew: a job that has ended stays so") { Command = $"kubectl delete job {job.Name} -n {job.Namespace}" }
                : new("Change it, and create the job anew") { Object = $"job/{job.Name}", Path = path, Value = value },
        };
    }
}
