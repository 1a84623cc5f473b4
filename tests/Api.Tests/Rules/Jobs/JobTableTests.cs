namespace Slipway.Api.Tests.Rules.Jobs;

/// <summary>Jobs and cron jobs, with what Kubernetes' own validation says of them.</summary>
public sealed class JobTableTests
{
    private const string Uid = "1a2b3c";

    private const string Selector = $"batch.kubernetes.io/controller-uid: {Uid}";

    private const string Labels = $"{Selector}, controller-uid: {Uid}, batch.kubernetes.io/job-name: x, job-name: x";

    private static readonly RuleTable Jobs = new("batch", "Job",
        $"metadata: {{uid: {Uid}}}\nspec: {{selector: {{matchLabels: {{{Selector}}}}}, template: {{metadata: {{labels: {{{Labels}}}}}, spec: {{restartPolicy: Never, containers: [{{name: c, image: i}}]}}}}}}");

    private static readonly RuleTable CronJobs = new("batch", "CronJob", "spec: {schedule: '* * * * ?', jobTemplate: {spec: {template: {spec: {restartPolicy: OnFailure, containers: [{name: c, image: i}]}}}}}");

    private const string Indexed = "completionMode: Indexed, completions: 3, parallelism: 2";

    [Theory]
    [InlineData("", "")]
    [InlineData("spec: {completions: -1}", "spec.completions: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {activeDeadlineSeconds: -1}", "spec.activeDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {ttlSecondsAfterFinished: -1}", "spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {selector: null}", "spec.selector: Required value")]
    [InlineData("spec: {completionMode: Odd}", "spec.completionMode: Unsupported value: \"Odd\": supported values: \"NonIndexed\", \"Indexed\"")]
    [InlineData("spec: {template: {spec: {restartPolicy: Invalid}}}", "spec.template.spec.restartPolicy: Unsupported value: \"Invalid\": supported values: \"Always\", \"OnFailure\", \"Never\"\nspec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"")]
    [InlineData($"spec: {{{Indexed}}}", "")]
    [InlineData("spec: {completionMode: Indexed, completions: 1, parallelism: 100001}", "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed")]
    [InlineData("spec: {backoffLimitPerIndex: 1}", "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode")]
    [InlineData("spec: {maxFailedIndexes: 1}", "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified\nspec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode")]
    [InlineData($"spec: {{{Indexed}, backoffLimitPerIndex: 1, maxFailedIndexes: 4}}", "spec.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions")]
    [InlineData($"spec: {{{Indexed}, backoffLimitPerIndex: -1}}", "spec.backoffLimitPerIndex: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {completionMode: Indexed, completions: 100001, parallelism: 1, backoffLimitPerIndex: 1}", "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000")]
    [InlineData("spec: {managedBy: example.com/c}", "")]
    [InlineData("spec: {managedBy: bad}", "spec.managedBy: Invalid value: \"bad\": must be a domain-prefixed path")]
    [InlineData("spec: {podReplacementPolicy: Odd}", "spec.podReplacementPolicy: Unsupported value: \"Odd\": supported values: \"Failed\", \"TerminatingOrFailed\"")]
    [InlineData("spec: {podReplacementPolicy: TerminatingOrFailed, podFailurePolicy: {rules: []}}", "spec.podReplacementPolicy: Unsupported value: \"TerminatingOrFailed\": supported values: \"Failed\"")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [1, 2]}}]}}", "")]
    [InlineData("spec: {template: {spec: {restartPolicy: OnFailure}}, podFailurePolicy: {rules: []}}", "spec.template.spec.restartPolicy: Invalid value: \"OnFailure\": only \"Never\" is supported when podFailurePolicy is specified")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: FailJob}]}}", "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: Odd, onExitCodes: {operator: In, values: [1]}}]}}", "spec.podFailurePolicy.rules[0].action: Unsupported value: \"Odd\": supported values: \"Count\", \"FailIndex\", \"FailJob\", \"Ignore\"")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: FailIndex, onExitCodes: {operator: In, values: [1]}}]}}", "spec.podFailurePolicy.rules[0].action: Invalid value: \"FailIndex\": requires the backoffLimitPerIndex to be set")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [0]}}]}}", "spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: NotIn, values: [0]}}]}}", "")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [2, 1]}}]}}", "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,1]: must be ordered")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [1, 1]}}]}}", "spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Duplicate value: 1")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: []}}]}}", "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: []: at least one value is required")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: Odd, values: [1]}}]}}", "spec.podFailurePolicy.rules[0].onExitCodes.operator: Unsupported value: \"Odd\": supported values: \"In\", \"NotIn\"")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {containerName: x, operator: In, values: [1]}}]}}", "spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: \"x\": must be one of the container or initContainer names in the pod template")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}}", "")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget, status: Odd}]}]}}", "spec.podFailurePolicy.rules[0].onPodConditions[0].status: Unsupported value: \"Odd\": supported values: \"False\", \"True\", \"Unknown\"")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: 'a b'}]}]}}", "spec.podFailurePolicy.rules[0].onPodConditions[0].type: Invalid value: \"a b\": name part must consist of")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: Ignore, onExitCodes: {operator: In, values: [1]}, onPodConditions: [{type: T}]}]}}", "spec.podFailurePolicy.rules[0]: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported")]
    [InlineData("spec: {successPolicy: {rules: [{succeededCount: 1}]}}", "spec.successPolicy: Invalid value: {\"rules\":[{\"succeededCount\":1}]}: requires indexed completion mode")]
    [InlineData($"spec: {{{Indexed}, successPolicy: {{rules: []}}}}", "spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified")]
    [InlineData($"spec: {{{Indexed}, successPolicy: {{rules: [{{}}]}}}}", "spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified")]
    [InlineData($"spec: {{{Indexed}, successPolicy: {{rules: [{{succeededCount: 4}}]}}}}", "spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)")]
    [InlineData($"spec: {{{Indexed}, successPolicy: {{rules: [{{succeededIndexes: 0-1, succeededCount: 3}}]}}}}", "spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)")]
    [InlineData($"spec: {{{Indexed}, successPolicy: {{rules: [{{succeededIndexes: invalid}}]}}}}", "spec.successPolicy.rules[0].succeededIndexes: Invalid value: \"invalid\": error parsing succeededIndexes: cannot convert string to integer for index: \"invalid\"")]
    [InlineData($"spec: {{{Indexed}, successPolicy: {{rules: [{{succeededIndexes: '3'}}]}}}}", "spec.successPolicy.rules[0].succeededIndexes: Invalid value: \"3\": error parsing succeededIndexes: too large index: \"3\"")]
    public void OfJobs(string change, string expected) => Jobs.Check(change, expected);

    [Theory]
    [InlineData("", "spec: {backoffLimit: 1, activeDeadlineSeconds: 5, ttlSecondsAfterFinished: 1, suspend: true, parallelism: 2}", "")]
    [InlineData("", "spec: {podFailurePolicy: {rules: []}, podReplacementPolicy: Failed}", "spec.podFailurePolicy: Invalid value: {\"rules\":[]}: field is immutable")]
    [InlineData($"spec: {{{Indexed}}}", "spec: {completions: 4, parallelism: 4}", "")]
    [InlineData($"spec: {{{Indexed}}}", "spec: {completions: 4}", "spec.completions: Invalid value: 4: can only be modified in tandem with spec.parallelism")]
    [InlineData($"spec: {{{Indexed}, backoffLimitPerIndex: 1}}", "spec: {backoffLimitPerIndex: 2}", "spec.backoffLimitPerIndex: Invalid value: 2: field is immutable")]
    [InlineData("spec: {managedBy: example.com/a}", "spec: {managedBy: example.com/b}", "spec.managedBy: Invalid value: \"example.com/b\": field is immutable")]
    [InlineData("spec: {suspend: true}", "spec: {template: {spec: {nodeSelector: {a: b}, tolerations: [{key: k, operator: Exists}]}}}", "")]
    [InlineData("", "spec: {template: {spec: {nodeSelector: {a: b}}}}", "spec.template: Invalid value:")]
    public void OfUpdatesOfJobs(string before, string after, string expected) => Jobs.CheckUpdate(before, after, expected);

    [Theory]
    [InlineData("", "spec.completions", "1")]
    [InlineData("spec: {parallelism: 2}", "spec.completions", "null")]
    [InlineData("", "spec.parallelism", "1")]
    [InlineData("", "spec.backoffLimit", "6")]
    [InlineData($"spec: {{{Indexed}, backoffLimitPerIndex: 1}}", "spec.backoffLimit", "2147483647")]
    [InlineData("", "spec.completionMode", "\"NonIndexed\"")]
    [InlineData("", "spec.suspend", "false")]
    [InlineData("", "spec.podReplacementPolicy", "\"TerminatingOrFailed\"")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: T}]}]}}", "spec.podReplacementPolicy", "\"Failed\"")]
    [InlineData("spec: {podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: T}]}]}}", "spec.podFailurePolicy.rules", """[{"action":"Ignore","onPodConditions":[{"type":"T","status":"True"}]}]""")]
    public void DefaultsOfJobs(string change, string path, string json) => Jobs.CheckDefault(change, path, json);

    [Theory]
    [InlineData("", "")]
    [InlineData("spec: {schedule: '0 0 * * mon-fri'}", "")]
    [InlineData("spec: {schedule: '@hourly'}", "")]
    [InlineData("spec: {schedule: '@every 5m'}", "")]
    [InlineData("spec: {schedule: error}", "spec.schedule: Invalid value: \"error\": expected exactly 5 fields, found 1: [error]")]
    [InlineData("spec: {schedule: '61 * * * *'}", "spec.schedule: Invalid value: \"61 * * * *\": end of range (61) above maximum (59): 61")]
    [InlineData("spec: {schedule: null}", "spec.schedule: Required value")]
    [InlineData("spec: {schedule: 'TZ=UTC 0 * * * *'}", "spec.schedule: Invalid value: \"TZ=UTC 0 * * * *\": cannot use TZ or CRON_TZ in schedule, use timeZone field instead")]
    [InlineData("spec: {timeZone: ''}", "spec.timeZone: Invalid value: \"\": timeZone must be nil or non-empty string")]
    [InlineData("spec: {timeZone: Local}", "spec.timeZone: Invalid value: \"Local\": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones")]
    [InlineData("spec: {timeZone: '..\\etc'}", "spec.timeZone: Invalid value: ")]
    [InlineData("spec: {timeZone: Etc/UTC}", "")]
    [InlineData("spec: {concurrencyPolicy: Odd}", "spec.concurrencyPolicy: Unsupported value: \"Odd\": supported values: \"Allow\", \"Forbid\", \"Replace\"")]
    [InlineData("spec: {startingDeadlineSeconds: -1}", "spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {successfulJobsHistoryLimit: -1}", "spec.successfulJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {failedJobsHistoryLimit: -1}", "spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("metadata: {name: a-name-of-fifty-three-characters-is-one-too-many-for-it}", "metadata.name: Invalid value: \"a-name-of-fifty-three-characters-is-one-too-many-for-it\": must be no more than 52 characters")]
    [InlineData("spec: {jobTemplate: {spec: {parallelism: -1}}}", "spec.jobTemplate.spec.parallelism: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {jobTemplate: {spec: {manualSelector: true}}}", "spec.jobTemplate.spec.manualSelector: Unsupported value: true")]
    [InlineData("spec: {jobTemplate: {spec: {selector: {matchLabels: {a: b}}}}}", "spec.jobTemplate.spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"b\"}}: `selector` will be auto-generated")]
    [InlineData("spec: {jobTemplate: {spec: {template: {spec: {restartPolicy: Always}}}}}", "spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"")]
    public void OfCronJobs(string change, string expected) => CronJobs.Check(change, expected);

    [Theory]
    [InlineData("", "spec: {schedule: 'TZ=UTC 0 * * * *'}", "spec.schedule: Invalid value: \"TZ=UTC 0 * * * *\": cannot use TZ or CRON_TZ in schedule, use timeZone field instead")]
    [InlineData("spec: {schedule: 'TZ=UTC 0 * * * *'}", "spec: {suspend: true}", "")]
    [InlineData("spec: {schedule: 'TZ=UTC 0 * * * *'}", "spec: {timeZone: Etc/UTC}", "spec.schedule: Invalid value: \"TZ=UTC 0 * * * *\": cannot use both timeZone field and TZ or CRON_TZ in schedule")]
    [InlineData("", "spec: {concurrencyPolicy: Replace, schedule: '@daily'}", "")]
    public void OfUpdatesOfCronJobs(string before, string after, string expected) => CronJobs.CheckUpdate(before, after, expected);

    [Theory]
    [InlineData("spec: {schedule: 'TZ=UTC 0 * * * *'}", "cannot use TZ or CRON_TZ in spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details")]
    [InlineData("", "")]
    public void WarningsOfCronJobs(string change, string expected) => CronJobs.CheckWarnings(change, expected);
}
