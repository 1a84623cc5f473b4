using System.Text.Json.Nodes;
using Slipway.ApiServer.Admission.Defaults;
using Slipway.ApiServer.Admission.Scheduling;

namespace Slipway.ApiServer.Tests.Admission;

/// <summary>Classes of priority, storage, ingress and runtime, and what pods get of them.</summary>
public sealed class ClassTests
{
    private static readonly PriorityClassView[] Classes =
        [new("high", 1000, false, "Never"), new("usual", 10, true, PriorityClassView.Preempts), new("unusual", 20, true, PriorityClassView.Preempts)];

    [Theory]
    [InlineData("{}", """{"priorityClassName":"usual","priority":10,"preemptionPolicy":"PreemptLowerPriority"}""", null)]
    [InlineData("""{"priorityClassName":"high"}""", """{"priorityClassName":"high","priority":1000,"preemptionPolicy":"Never"}""", null)]
    [InlineData("""{"priorityClassName":"high","priority":1000}""", """{"priorityClassName":"high","priority":1000,"preemptionPolicy":"Never"}""", null)]
    [InlineData("""{"priorityClassName":"none"}""", null, "no PriorityClass with name none was found")]
    [InlineData("""{"priorityClassName":"high","priority":5}""", null,
        "the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 1000 from the given PriorityClass name")]
    [InlineData("""{"priorityClassName":"high","preemptionPolicy":"PreemptLowerPriority"}""", null,
        "the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; priority admission controller computed Never from the given PriorityClass name")]
    public void Pods_get_the_priority_of_their_class(string spec, string? expected, string? why)
    {
        var pod = Pod(spec);
        Assert.Equal(why, PriorityRules.Complete(pod, Classes));
        if (expected is not null) AssertSame(expected, pod["spec"]);
    }

    [Fact]
    public void Without_a_default_class_the_priority_is_zero()
    {
        var pod = Pod("{}");
        Assert.Null(PriorityRules.Complete(pod, []));
        AssertSame("""{"priority":0,"preemptionPolicy":"PreemptLowerPriority"}""", pod["spec"]);
    }

    [Theory]
    [InlineData("mine", 5, "")]
    [InlineData("mine", 1_000_000_001, "value: Forbidden: maximum allowed value of a user defined priority is 1000000000")]
    [InlineData("system-mine", 5, "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class")]
    [InlineData("system-node-critical", 5, "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: value of system-node-critical PriorityClass must be 2000001000")]
    [InlineData("system-node-critical", 2_000_001_000, "")]
    public void Names_and_values_of_the_system_are_reserved(string name, long value, string expected)
    {
        var causes = PriorityRules.Reserved(new JsonObject { ["metadata"] = new JsonObject { ["name"] = name }, ["value"] = value });
        Assert.Equal(expected, string.Join("; ", causes.Select(c => $"{c.Field}: {c.Message}")));
    }

    [Fact]
    public void Only_one_class_may_be_the_default()
    {
        var document = JsonNode.Parse("""{"metadata":{"name":"new"},"globalDefault":true}""")!.AsObject();
        Assert.Equal("PriorityClass usual is already marked as default. Only one default can exist", PriorityRules.SecondDefault(document, Classes));
        Assert.Null(PriorityRules.SecondDefault(document, []));
    }

    [Theory]
    [InlineData("/api/v1/namespaces/default/persistentvolumeclaims", """{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}""", "kubernetes.io/pvc-protection")]
    [InlineData("/api/v1/persistentvolumes", """{"accessModes":["ReadWriteOnce"],"capacity":{"storage":"1Gi"},"hostPath":{"path":"/x"}}""", "kubernetes.io/pv-protection")]
    public async Task Volumes_and_claims_are_held_until_controllers_let_them_go(string path, string spec, string finalizer)
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(path, $$"""{"metadata":{"name":"x","finalizers":["example.com/mine"]},"spec":{{spec}}}""")).Expect(201);
        (await api.DeleteAsync($"{path}/x")).Expect(200);
        Assert.Equal($"[\"example.com/mine\",\"{finalizer}\"]", (await api.GetAsync($"{path}/x")).Expect(200).Json["metadata"]!["finalizers"]!.ToJsonString());
        (await api.MergeAsync($"{path}/x", """{"metadata":{"finalizers":null}}""")).Expect(200);
        (await api.GetAsync($"{path}/x")).Expect(404);
    }

    [Fact]
    public void The_newest_default_wins_and_then_the_first_by_name()
    {
        var day = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal("b", DefaultClass.Of([new("a", true, day), new("c", true, day.AddDays(1)), new("b", true, day.AddDays(1)), new("d", false, day.AddDays(2))]));
        Assert.Null(DefaultClass.Of([new("a", false, day)]));
    }

    [Theory]
    [InlineData("{}", 2)]
    [InlineData("""{"tolerations":[{"operator":"Exists"}]}""", 1)]
    [InlineData("""{"tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":10}]}""", 2)]
    [InlineData("""{"tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoSchedule"}]}""", 3)]
    public void Pods_tolerate_lost_nodes_for_a_while(string spec, int expected)
    {
        var pod = Pod(spec);
        DefaultTolerationSeconds.Complete(pod);
        Assert.Equal(expected, pod["spec"]!["tolerations"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("{}", """{"overhead":{"cpu":"250m"},"nodeSelector":{"vm":"yes"},"tolerations":[{"key":"vm"}]}""", null)]
    [InlineData("""{"overhead":{"cpu":"0.25"},"nodeSelector":{"vm":"yes","a":"b"}}""", """{"overhead":{"cpu":"250m"},"nodeSelector":{"vm":"yes","a":"b"},"tolerations":[{"key":"vm"}]}""", null)]
    [InlineData("""{"overhead":{"cpu":"1"}}""", null, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")]
    [InlineData("""{"nodeSelector":{"vm":"no"}}""", null, "conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no")]
    public void Runtime_classes_give_overhead_and_constraints(string spec, string? expected, string? why)
    {
        var runtimeClass = JsonNode.Parse("""{"overhead":{"podFixed":{"cpu":"250m"}},"scheduling":{"nodeSelector":{"vm":"yes"},"tolerations":[{"key":"vm"}]}}""")!.AsObject();
        var pod = Pod(spec);
        Assert.Equal(why, RuntimeClassRules.Complete(pod, runtimeClass));
        if (expected is not null) AssertSame(expected, pod["spec"]);
    }

    [Fact]
    public void Overhead_comes_from_a_class_alone() => Assert.Equal(
        "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead", RuntimeClassRules.OverheadFault(Pod("""{"overhead":{"cpu":"1"}}"""), null));

    [Theory]
    [InlineData("Bound", "grows", null)]
    [InlineData("Pending", "grows", "Only bound persistent volume claims can be expanded")]
    [InlineData("Bound", "fixed", "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize")]
    [InlineData("Bound", "", "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize")]
    public void Claims_grow_where_their_class_allows_it(string phase, string name, string? expected)
    {
        var claim = new JsonObject { ["spec"] = new JsonObject { ["storageClassName"] = name }, ["status"] = new JsonObject { ["phase"] = phase } };
        Assert.Equal(expected, ClaimResize.Fault(claim, claim, c => c == "grows"));
    }

    private static JsonObject Pod(string spec) => JsonNode.Parse($$$$"""{"spec":{{{{spec}}}}}""")!.AsObject();

    private static void AssertSame(string expected, JsonNode? actual) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual?.ToJsonString());
}
