using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Patches;
using Slipway.Api.Rules;

namespace Slipway.Api.Tests.Rules;

public sealed class JobRulesTests
{
    private static readonly KindRules Rules = KindRules.For("batch", "Job");

    [Fact]
    public void AJobGetsItsDefaultsAndItsSelector()
    {
        var job = Json.Named("metadata: {uid: u}\nspec: {template: {metadata: {labels: {a: b}}, spec: {restartPolicy: Never, containers: [{name: a, image: x:1}]}}}");
        Rules.Default(job);
        Rules.PrepareCreate(job);
        var spec = job.Object("spec")!;
        Assert.Equal((1L, 1L, 6L, "NonIndexed", false), (spec.Integer("parallelism"), spec.Integer("completions"), spec.Integer("backoffLimit"), spec.Text("completionMode"), spec.Boolean("suspend")));
        Json.AssertEqual("""{"matchLabels":{"batch.kubernetes.io/controller-uid":"u"}}""", spec["selector"]);
        Json.AssertEqual("""{"a":"b","batch.kubernetes.io/controller-uid":"u","controller-uid":"u","batch.kubernetes.io/job-name":"x","job-name":"x"}""", spec.Object("template")!.Labels);
        Json.AssertEqual("""{"a":"b"}""", job.Labels);
        Assert.Equal("default-scheduler", job.At("spec.template.spec.schedulerName").AsText());
        Assert.Null(job.At("spec.template.spec.enableServiceLinks"));
        Assert.Empty(Json.Shown(Rules.Validate(job)));
    }

    [Fact]
    public void AWorkQueueHasParallelismWithoutCompletions()
    {
        var job = Json.Named("spec: {parallelism: 3, template: {spec: {}}}");
        Rules.Default(job);
        Assert.Null(job.At("spec.completions"));
    }

    [Theory]
    [InlineData("spec: {parallelism: -1}", "spec.parallelism: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {backoffLimit: -1}", "spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {completionMode: Indexed, completions: null}", "spec.completions: Required value: when completion mode is Indexed")]
    [InlineData("spec: {template: {spec: {restartPolicy: Always}}}", "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"")]
    [InlineData("spec: {template: {spec: {containers: []}}}", "spec.template.spec.containers: Required value")]
    [InlineData("spec: {template: {metadata: {labels: {job-name: v}}}}", "spec.template.metadata.labels[job-name]: Invalid value:")]
    [InlineData("spec: {template: {metadata: {labels: {batch.kubernetes.io/job-name: null}}}}", "spec.template.metadata.labels[batch.kubernetes.io/job-name]: Required value: must be 'x'")]
    [InlineData("spec: {selector: {matchLabels: {job-name: x}}}", "spec.selector: Invalid value:")]
    public void JobsAreValidated(string change, string expected) =>
        KindRulesTests.AssertCauses(expected, Rules.Validate(Changed(change)));

    [Theory]
    [InlineData("spec: {parallelism: 5, suspend: true, ttlSecondsAfterFinished: 1, backoffLimit: 1}", "")]
    [InlineData("spec: {completions: 2}", "spec.completions: Invalid value: 2: field is immutable")]
    [InlineData("spec: {template: {spec: {restartPolicy: OnFailure}}}", "spec.template: Invalid value:")]
    [InlineData("spec: {template: {spec: {nodeSelector: {a: b}}}}", "spec.template: Invalid value:")]
    [InlineData("spec: {completionMode: Indexed}", "spec.completionMode: Invalid value: \"Indexed\": field is immutable")]
    public void UpdatesOfJobsAreValidated(string change, string expected) =>
        KindRulesTests.AssertCauses(expected, Rules.ValidateUpdate(Job(), Changed(change)));

    [Fact]
    public void ASuspendedJobThatNeverRanMayBeDirectedToNodes()
    {
        var job = Job();
        job["spec"]!["suspend"] = true;
        var updated = MergePatch.Apply(job, Json.Of("spec: {suspend: false, template: {spec: {nodeSelector: {a: b}}}}"))!.AsObject();
        Assert.Empty(Json.Shown(Rules.ValidateUpdate(job, updated)));
    }

    private static JsonObject Changed(string change) => MergePatch.Apply(Job(), Json.Of(change))!.AsObject();

    private static JsonObject Job()
    {
        var job = Json.Named("metadata: {uid: u}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: x:1}]}}}");
        Rules.Default(job);
        Rules.PrepareCreate(job);
        return job;
    }
}
