using System.Text.Json.Nodes;

namespace Cli.Tests.Commands;

public sealed class ApplyTests : CommandFixture
{
    private const string Pod = """
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web, tier: front } }
        spec:
          containers:
            - { name: main, image: "slipway.local/web:1", ports: [{ containerPort: 80 }] }
            - { name: side, image: "slipway.local/side:1" }
        """;

    [Fact]
    public async Task An_object_is_created_then_unchanged_then_configured()
    {
        Assert.Equal("pod/web created\n", (await RunAsync("apply -f -", Pod)).Out);
        Assert.Equal("pod/web unchanged\n", (await RunAsync("apply -f -", Pod)).Out);
        Assert.Equal("pod/web configured\n", (await RunAsync("apply -f -", Pod.Replace("web:1", "web:2"))).Out);
        Assert.Equal("pod/web unchanged\n", (await RunAsync("apply -f -", Pod.Replace("web:1", "web:2"))).Out);
    }

    [Fact]
    public async Task What_is_no_longer_declared_goes_and_what_others_added_stays()
    {
        await RunAsync("apply -f -", Pod);
        await Cluster.PatchAsync("/api/v1/namespaces/default/pods/web", """{"metadata":{"labels":{"owner":"somebody"}}}""");
        Assert.Equal("pod/web configured\n", (await RunAsync("apply -f -", Pod.Replace(", tier: front", ""))).Out);
        var labels = JsonNode.Parse((await RunAsync("get pod web -o json")).Out)!["metadata"]!["labels"]!.AsObject();
        Assert.Equal(["app", "owner"], labels.Select(l => l.Key).Order());
    }

    [Fact]
    public async Task A_field_that_another_has_changed_is_left_unless_it_is_taken_over()
    {
        await RunAsync("apply -f -", Pod);
        await Cluster.PatchAsync("/api/v1/namespaces/default/pods/web?fieldManager=editor", """{"metadata":{"labels":{"tier":"back"}}}""");
        var refused = await RunAsync("apply -f -", Pod);
        Assert.Equal("error: standard input: Pod web: .metadata.labels.tier belongs to \"editor\" using v1; leave out what is not yours, or take it over with --force-conflicts.\n", refused.Error);
        Assert.Equal("pod/web configured\n", (await RunAsync("apply -f - --force-conflicts", Pod)).Out);
        Assert.DoesNotContain("managedFields", (await RunAsync("get pod web -o yaml")).Out);
    }

    [Fact]
    public async Task A_directory_is_applied_in_the_order_of_its_names()
    {
        File("2-pod.yaml", Pod.Replace("name: web", "name: web, namespace: shop"));
        File("1-namespace.json", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}""");
        File("notes.txt", "not a manifest");
        Assert.Equal("namespace/shop created\npod/web created\n", (await RunAsync($"apply -f {Files}")).Out);
    }

    [Fact]
    public async Task A_custom_kind_can_follow_its_definition()
    {
        var result = await RunAsync("apply -f -", """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: { name: boats.example.dev }
            spec:
              group: example.dev
              scope: Namespaced
              names: { plural: boats, singular: boat, kind: Boat }
              versions:
                - name: v1
                  served: true
                  storage: true
                  schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, properties: { sails: { type: integer } } } } } }
            ---
            apiVersion: example.dev/v1
            kind: Boat
            metadata: { name: argo }
            spec: { sails: 1 }
            """);
        Assert.Equal("", result.Error);
        Assert.EndsWith("boat.example.dev/argo created\n", result.Out);
    }

    [Theory]
    [InlineData("cron: \"0 6 * * 7\"", "error: FILE:5:15: spec.schedule.cron: Invalid value: \"0 6 * * 7\": has the day of week 7, which must be 0 to 6 or sun to sat: one of them, * for all, a list 1,3, a range 2-5, or steps */2; Sunday is 0 or sun, and 5-7 is written 5,6,0.\n")]
    [InlineData("corn: \"0 6 * * 1\"", "error: FILE: Flow f has 2 faults:\n  FILE:5:15: spec.schedule.corn: unknown field, did you mean \"cron\"?\n  FILE:5:3: spec.schedule.cron: Required value\n")]
    [InlineData("cron: [1]", "error: FILE:5:15: spec.schedule.cron: Invalid value: [1]: must be a text.\n")]
    public async Task What_is_wrong_with_a_flow_is_told_with_its_place_in_the_file(string schedule, string said)
    {
        var file = File("f.yaml", $$"""
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: { name: f }
            spec:
              schedule: { {{schedule}} }
              tasks: [{ name: a, image: "x:1", command: [a] }]
            """);
        foreach (var command in (string[])["apply -f", "run", "diff", "render"])
        {
            var result = await RunAsync($"{command} {file}");
            Assert.Equal((1, said.Replace("FILE", file, StringComparison.Ordinal), ""), (result.ExitCode, result.Error, result.Out));
        }
    }

    [Theory]
    [InlineData("apiVersion: v1\nkind: Podd\nmetadata: { name: x }", "did you mean \"Pod\"?")]
    [InlineData("apiVersion: batch/v1\nkind: Pod\nmetadata: { name: x }", "kind Pod is not served as apiVersion batch/v1; use v1")]
    [InlineData("kind: Pod\nmetadata: { name: x }", "a document has no apiVersion")]
    [InlineData("apiVersion: v1\nkind: Pod", "a Pod has no metadata.name")]
    [InlineData("apiVersion: v1\nkind: Pod\nmetadata: { name: x }\nspec: { containers: [{ name: a, image: b, comand: [c] }] }", ".spec.containers[name=\"a\"].comand: field not declared in schema, did you mean \"command\"?")]
    [InlineData("apiVersion: v1\nkind: [", "standard input: ")]
    [InlineData("{\"apiVersion\": \"v1\",}", "line 1")]
    [InlineData("", "there is no document to apply")]
    public async Task A_mistake_is_named_in_one_sentence(string input, string said)
    {
        var result = await RunAsync("apply -f -", input);
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("error: ", result.Error);
        Assert.Contains(said, result.Error);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_mistake_in_the_last_file_leaves_nothing_half_done()
    {
        var (good, bad) = (File("good.yaml", Pod), File("bad.yaml", "kind: ["));
        var result = await RunAsync($"apply -f {good} -f {bad}");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(bad, result.Error);
        Assert.Equal("No pods found in namespace default.\n", (await RunAsync("get pods")).Error);
    }

    [Fact]
    public async Task Objects_can_be_printed()
    {
        Assert.Equal("web", (string?)JsonNode.Parse((await RunAsync("apply -f - -o json", Pod)).Out)!["metadata"]!["name"]);
        Assert.Contains("name: web\n", (await RunAsync("apply -f - -o yaml", Pod)).Out);
    }
}
