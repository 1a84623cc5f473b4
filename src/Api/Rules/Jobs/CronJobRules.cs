using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using Slipway.Api.Schedules;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Jobs;

/// <summary>CronJob (batch/v1).</summary>
internal sealed partial class CronJobRules : KindRules
{
    // The names of its jobs have eleven more characters, and are labels.
    private const int MaxNameLength = 52;

    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => [];

    /// <summary>The jobs get the defaults of jobs only when they are made.</summary>
    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        SetDefault(spec, "concurrencyPolicy", "Allow");
        SetDefault(spec, "suspend", false);
        SetDefault(spec, "successfulJobsHistoryLimit", 3);
        SetDefault(spec, "failedJobsHistoryLimit", 1);
        PodTemplateRules.Default(spec.ObjectOrNew("jobTemplate").ObjectOrNew("spec").ObjectOrNew("template"));
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        Validate(null, document.Object("spec") ?? [], causes);
        if (document.Name.Length > MaxNameLength) causes.Add(StatusCause.Invalid("metadata.name", Quote(document.Name), $"must be no more than {MaxNameLength} characters"));
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes) =>
        Validate(old.Object("spec") ?? [], updated.Object("spec") ?? [], causes);

    public override IReadOnlyList<string> Warnings(JsonObject? old, JsonObject updated)
    {
        var warnings = new List<string>();
        PodWarnings.ForName(old, updated, warnings);
        var spec = updated.Object("spec") ?? [];
        if (spec.Text("schedule")?.Contains("TZ", StringComparison.Ordinal) == true)
            warnings.Add("cannot use TZ or CRON_TZ in spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details");
        if (old is null || !JsonNode.DeepEquals(old["spec"], updated["spec"]))
            PodWarnings.ForTemplate(spec.Object("jobTemplate")?.Object("spec")?.Object("template") ?? [], "spec.jobTemplate.spec.template", warnings);
        return warnings;
    }

    private static void Validate(JsonObject? before, JsonObject spec, List<StatusCause> causes)
    {
        if (Required(spec, "schedule", "spec", causes)) Schedule(before, spec, causes);
        NotNegative(spec, ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"], "spec", causes);
        if (before is null || before.Text("timeZone") != spec.Text("timeZone")) Zone(spec.Text("timeZone"), causes);
        RequiredSupported(spec, "concurrencyPolicy", ["Allow", "Forbid", "Replace"], "spec", causes);
        var job = spec.Object("jobTemplate")?.Object("spec") ?? [];
        MetadataRules.ValidateLabels(spec.Object("jobTemplate")?.Labels, "spec.jobTemplate.metadata.labels", causes);
        JobSpecRules.Validate(job, "spec.jobTemplate.spec", causes);
        if (job["selector"] is { } selector) causes.Add(StatusCause.Invalid("spec.jobTemplate.spec.selector", selector.Shown(), "`selector` will be auto-generated"));
        if (job.Boolean("manualSelector") == true) causes.Add(StatusCause.NotSupported("spec.jobTemplate.spec.manualSelector", "true", ["nil", "false"]));
    }

    private static void Schedule(JsonObject? before, JsonObject spec, List<StatusCause> causes)
    {
        var schedule = spec.Text("schedule")!;
        if (CronSchedule.Error(schedule) is { } error) causes.Add(StatusCause.Invalid("spec.schedule", Quote(schedule), error));
        if (!schedule.Contains("TZ", StringComparison.Ordinal)) return;
        // Schedules that had a zone before there was a field for it stay as they are.
        if (before?.Text("schedule")?.Contains("TZ", StringComparison.Ordinal) != true)
            causes.Add(StatusCause.Invalid("spec.schedule", Quote(schedule), "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"));
        else if (spec["timeZone"] is not null)
            causes.Add(StatusCause.Invalid("spec.schedule", Quote(schedule), "cannot use both timeZone field and TZ or CRON_TZ in schedule"));
    }

    private static void Zone(string? zone, List<StatusCause> causes)
    {
        if (zone is null) return;
        var problem = zone.Length == 0 ? "timeZone must be nil or non-empty string"
            : zone.Split('/').Any(p => p is "." or ".." || p.StartsWith('-') || !ZonePart().IsMatch(p)) ? $"unknown time zone {zone}"
            : zone.Equals("Local", StringComparison.OrdinalIgnoreCase) ? "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
            : !CronTimes.IsZone(zone) ? $"unknown time zone {zone}"
            : null;
        if (problem is not null) causes.Add(StatusCause.Invalid("spec.timeZone", Quote(zone), problem));
    }

    [GeneratedRegex(@"^[A-Za-z\.\-_0-9+]{1,14}\z")]
    private static partial Regex ZonePart();
}
