using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Flows.Builder.Tests;

public sealed class FlowBuilderTests
{
    [Fact]
    public void A_flow_in_code_is_the_flow_in_YAML()
    {
        var flow = new FlowBuilder("delays").Image("slipway.local/flights:1").Schedule("0 6 * * *", "Europe/Berlin").Defaults(d => d.Timeout = "10m");
        var since = flow.Param("since", "2001-01-01", FlowParam.StringType);
        var ingest = flow.Task("ingest", "flights", "ingest", $"--since={since}").WritesValue("months", "/out/months.json").WritesFile("raw", "/out/raw.parquet").Cache("30d");
        var clean = flow.Task("clean-up", "flights", "clean", Expression.Item).ForEach(ingest.Value("months")).Parallelism(3)
            .Input("raw", ingest.File("raw")).WritesFile("clean", "/out/clean.parquet").Resources("250m", "240Mi").Retries(2, "5s").Env("MODE", "fast");
        var ask = flow.Approval("ask", "go on?").Needs(clean);
        flow.Task("report", "flights", "report").Input("months", clean.File("clean")).Needs(ask).When("tasks['clean-up'].succeeded > 0");
        flow.Call("publish", "site").With("month", "may").Set(t => t.Needs = ["report"]);
        flow.Task("each", "x", Expression.ItemField("a-b")).ForEach(new JsonObject { ["a-b"] = 1 }, new JsonObject { ["a-b"] = 2 });
        flow.OnFailure("tell", "tell");
        flow.OnSuccess("cheer", "cheer");
        flow.Always("tidy", "tidy");

        var expected = DocumentReader.ParseYaml("""
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: { name: delays }
            spec:
              params: [{ name: since, type: string, default: "2001-01-01" }]
              schedule: { cron: "0 6 * * *", timeZone: Europe/Berlin }
              defaults: { image: "slipway.local/flights:1", timeout: 10m }
              tasks:
                - { name: ingest, command: [flights, ingest, "--since=${{ params.since }}"], outputs: { files: { raw: /out/raw.parquet }, values: { months: /out/months.json } }, cache: { maxAge: 30d } }
                - name: clean-up
                  command: [flights, clean, "${{ item }}"]
                  forEach: "${{ tasks.ingest.values.months }}"
                  parallelism: 3
                  inputs: { raw: "${{ tasks.ingest.files.raw }}" }
                  outputs: { files: { clean: /out/clean.parquet } }
                  resources: { cpu: 250m, memory: 240Mi }
                  retries: { limit: 2, backoff: 5s }
                  env: [{ name: MODE, value: fast }]
                - { name: ask, approve: { message: "go on?" }, needs: [clean-up] }
                - { name: report, command: [flights, report], inputs: { months: "${{ tasks['clean-up'].files.clean }}" }, needs: [ask], when: "tasks['clean-up'].succeeded > 0" }
                - { name: publish, flow: site, with: { month: may }, needs: [report] }
                - { name: each, command: [x, "${{ item['a-b'] }}"], forEach: [{ a-b: 1 }, { a-b: 2 }] }
              onFailure: [{ name: tell, command: [tell] }]
              onSuccess: [{ name: cheer, command: [cheer] }]
              always: [{ name: tidy, command: [tidy] }]
            """)[0];
        Assert.True(JsonNode.DeepEquals(expected, DocumentReader.ParseYaml(flow.ToYaml())[0]), flow.ToYaml());
    }

    [Fact]
    public void Triggers_in_code_are_the_triggers_in_YAML()
    {
        var flow = new FlowBuilder("f").Image("x:1");
        flow.Param("text", "");
        flow.Param("n", 0);
        flow.TriggerByFlow("after", "ingest").On(FlowPhase.Succeeded, FlowPhase.Failed).When("event.phase == 'Failed'").Param("n", TriggerBuilder.Event("values", "rows")).History(3);
        flow.TriggerByWebhook("push", "github", "secret").Param("text", $"at {TriggerBuilder.Event("headers", "x-github-event")}");
        flow.TriggerByResource("finished", "batch/v1", "Job", "team=data").On(ResourceTrigger.Modified).Param("text", TriggerBuilder.Event("object", "metadata", "name")).Set(t => t.Resource!.Namespace = "jobs");
        flow.TriggerByFiles("arrived", "/data/incoming", "*.csv", "30s").Param("text", TriggerBuilder.Event("path")).Suspend();
        flow.TriggerByBucket("put", new() { Endpoint = "https://s3.example.com", Bucket = "in", Prefix = "sales/", SecretName = "s3" }).Param("text", TriggerBuilder.Event("key"));
        flow.Task("show", "show");
        Assert.Throws<InvalidOperationException>(() => flow.TriggerByWebhook("other", "s", "k").On(FlowPhase.Failed));
        flow.Spec.Triggers!.RemoveAt(5);

        var expected = DocumentReader.ParseYaml("""
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: { name: f }
            spec:
              params: [{ name: text, default: "" }, { name: n, default: 0 }]
              triggers:
                - { name: after, flow: { name: ingest, phases: [Succeeded, Failed] }, when: "event.phase == 'Failed'", params: { n: "${{ event.values.rows }}" }, historyLimit: 3 }
                - { name: push, webhook: { secret: { name: github, key: secret } }, params: { text: "at ${{ event.headers['x-github-event'] }}" } }
                - { name: finished, resource: { apiVersion: batch/v1, kind: Job, labelSelector: "team=data", changes: [Modified], namespace: jobs }, params: { text: "${{ event.object.metadata.name }}" } }
                - { name: arrived, files: { directory: /data/incoming, pattern: "*.csv", interval: 30s }, params: { text: "${{ event.path }}" }, suspend: true }
                - { name: put, bucket: { endpoint: "https://s3.example.com", bucket: in, prefix: sales/, secretName: s3 }, params: { text: "${{ event.key }}" } }
              defaults: { image: "x:1" }
              tasks: [{ name: show, command: [show] }]
            """)[0];
        Assert.True(JsonNode.DeepEquals(expected, DocumentReader.ParseYaml(flow.ToYaml())[0]), flow.ToYaml());
    }

    [Theory]
    [InlineData("in")]
    [InlineData("null")]
    [InlineData("a-b")]
    [InlineData("while")]
    public void Outputs_are_read_whatever_their_tasks_are_called(string name)
    {
        var flow = new FlowBuilder("f").Image("x:1");
        flow.Spec.Templates = [new() { Name = "t", Params = [new() { Name = "p" }], Tasks = [new() { Name = "a", Command = ["x", "${{ params.p }}"] }] }];
        var first = flow.Task(name, "x").WritesValue("v", "/out/v");
        flow.Task("next", "x", first.Value("v"));
        flow.Call("call", "").With("p", first.Value("v")).Set(t => (t.Flow, t.Template) = (null, "t"));
        Assert.Equal(name, flow.Build().Spec.Tasks[0].Name);
    }

    [Fact]
    public void Names_of_fields_are_quoted() => Assert.Equal(@"event.body['it\'s']['a\\b'].x", TriggerBuilder.Event("body", "it's", @"a\b", "x").Cel);

    [Fact]
    public void What_a_cluster_would_refuse_is_refused_with_all_causes()
    {
        var flow = new FlowBuilder("f").Image("x:1");
        var a = flow.Task("a", "x");
        flow.Task("b", a.Value("rows")).Resources(memory: "lots");
        var refusal = Assert.Throws<InvalidFlowException>(flow.Build);
        Assert.Equal(["spec.tasks[1].command[0]", "spec.tasks[1].resources.memory"], refusal.Causes.Select(c => c.Field).Order(StringComparer.Ordinal));
        Assert.Contains("task a has no rows under outputs.values", refusal.Message);
    }

    [Fact]
    public async Task A_cluster_is_brought_to_the_flow_and_away_from_what_it_no_longer_has()
    {
        await using var cluster = await TestCluster.StartAsync();
        var flow = new FlowBuilder("f").Image("x:1");
        flow.Task("a", "x");
        flow.Task("b", "y");
        await flow.ApplyAsync(cluster.Admin, "default", TestContext.Current.CancellationToken);
        var changed = new FlowBuilder("f").Image("x:2");
        changed.Task("a", "x");
        await changed.ApplyAsync(cluster.Admin, "default", TestContext.Current.CancellationToken);
        var body = await cluster.Admin.SendForBodyAsync(new("GET", "/apis/slipway.dev/v1alpha1/namespaces/default/flows/f"), TestContext.Current.CancellationToken);
        var spec = JsonNode.Parse(body.Span)!["spec"]!;
        Assert.Equal(("x:2", 1), ((string?)spec["defaults"]!["image"], spec["tasks"]!.AsArray().Count));
    }
}
