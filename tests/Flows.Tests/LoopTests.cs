using System.Text.Json.Nodes;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public class LoopTests
{
    private const string Pinned = "defaults: { image: 'x@sha256:00' }";

    [Theory]
    [InlineData("[a, \"${{ params.p }}\", [1]]", "a 3 [1]")]
    [InlineData("{ range: { to: 2 } }", "0 1 2")]
    [InlineData("{ range: { from: 5, to: 1, step: -2 } }", "5 3 1")]
    [InlineData("{ range: { from: 2, to: 1 } }", "")]
    [InlineData("{ range: { from: \"${{ params.p }}\", to: \"${{ params.p + 1 }}\" } }", "3 4")]
    [InlineData("{ matrix: { b: [x, y], a: [1, 2] } }", """{"b":"x","a":1} {"b":"x","a":2} {"b":"y","a":1} {"b":"y","a":2}""")]
    [InlineData("{ matrix: { b: [x, y], a: [1, 2] }, exclude: [{ b: x, a: 2 }, { b: y }] }", """{"b":"x","a":1}""")]
    [InlineData("{ matrix: { b: [x], a: \"${{ [params.p] }}\" } }", """{"b":"x","a":3}""")]
    [InlineData("{ matrix: { b: [x], a: [] } }", "")]
    public void The_items_of_a_forEach(string forEach, string items)
    {
        var run = new RunSimulation($"- {{ name: a, command: [a], forEach: {forEach} }}", Pinned + "\nparams: [{ name: p }]");
        run.Params["p"] = 3;
        Assert.Equal(items, string.Join(' ', run.Plan().Create.Select(p => RunSimulation.Env(p.Pod, "SLIPWAY_ITEM"))));
    }

    [Fact]
    public void Values_keep_the_places_of_their_items_when_one_fails_and_files_say_which_they_are_of()
    {
        var run = new RunSimulation("""
            - { name: e, command: [e], forEach: [a, b, c], outputs: { values: { v: /out/v }, files: { f: /out/f } } }
            - { name: r, when: tasks.e.succeeded >= 2, command: [r, "${{ tasks.e.values.v }}", "${{ tasks.e.values.v[2] }}", "${{ tasks.e.values.v.filter(v, v != null) }}", "${{ tasks.e.files.f.map(f, f.index) }}"] }
            """, Pinned);
        run.Start();
        run.End("e[0]", values: new() { ["v"] = "1" }, files: ["f"]);
        run.End("e[1]", exitCode: 3);
        run.End("e[2]", values: new() { ["v"] = "3" }, files: ["f"]);
        run.Start();
        Assert.Equal(["r", "[1,null,3]", "3", "[1,3]", "[0,2]"], RunSimulation.Command(run.Pod("r")));
    }

    [Theory]
    [InlineData("{ range: { to: \"${{ params.p }}\" } }", "\"x\"", "a: forEach.range.to must be a whole number, but is \"x\"; correct it")]
    [InlineData("{ range: { to: \"${{ params.p }}\" } }", "9223372036854775807", "a: forEach has 9223372036854775808 items, and can have 100000; group them")]
    [InlineData("{ range: { from: 1, to: 2, step: \"${{ params.p }}\" } }", "0", "a: forEach.range.step is 0; choose another")]
    [InlineData("{ matrix: { a: \"${{ params.p }}\" } }", "1", "a: forEach.matrix.a must be a list, but is int; correct it")]
    [InlineData("{ matrix: { a: \"${{ params.p }}\", b: \"${{ params.p }}\" } }", "[500 items]", "a: forEach.matrix has more than 100000 combinations; group them")]
    public void What_cannot_be_gone_through_fails_the_task(string forEach, string parameter, string message)
    {
        var run = new RunSimulation($"- {{ name: a, command: [a], forEach: {forEach} }}", Pinned + "\nparams: [{ name: p }]");
        run.Params["p"] = parameter == "[500 items]" ? new JsonArray([.. Enumerable.Range(0, 500).Select(i => (JsonNode)i)]) : JsonNode.Parse(parameter);
        Assert.Equal((FlowPhase.Failed, message), (run.Plan().Status.Phase, run.Plan().Status.Message));
    }

    [Fact]
    public void A_task_is_repeated_with_what_the_round_before_left_until_its_condition_is_true()
    {
        var run = new RunSimulation("""
            - name: train
              command: [t, "${{ iteration }}", "${{ iteration == 1 ? 'none' : previous.values.loss }}"]
              outputs: { values: { loss: /out/loss } }
              retries: { limit: 1, backoff: 1ms }
              repeat: { until: "values.loss < 10 || iteration == 5", limit: 9, pause: 30s }
            - { name: after, command: [a, "${{ tasks.train.values.loss }}"] }
            """, Pinned);
        Assert.Equal(["train@1"], run.Start());
        Assert.Equal(["t", "1", "none"], RunSimulation.Command(run.Pod("train@1")));
        Assert.Equal("1", RunSimulation.Env(run.Pod("train@1"), "SLIPWAY_ITERATION"));
        run.End("train@1", values: new() { ["loss"] = "20" });
        Assert.Empty(run.Start());
        Assert.Equal(run.Now.AddSeconds(30), run.Plan().NextDeadline);
        run.Now = run.Now.AddSeconds(30);
        Assert.Equal(["train@2"], run.Start());
        Assert.Equal(["t", "2", "20"], RunSimulation.Command(run.Pod("train@2")));

        run.End("train@2", exitCode: 1, reason: "Error");
        run.Now = run.Now.AddSeconds(1);
        Assert.Equal(["train@2"], run.Start());
        Assert.Equal("2", RunSimulation.Env(run.Pod("train@2"), "SLIPWAY_ATTEMPT"));
        run.End("train@2", values: new() { ["loss"] = "5" });
        Assert.Equal(["after"], run.Start());
        Assert.Equal(["a", "5"], RunSimulation.Command(run.Pod("after")));
        Assert.Equal(["train@1", "train@2"], run.Plan().Status.Tasks![0].Items!.Select(i => i.Path));
        Assert.Equal((1, 1), (run.Plan().Status.Tasks![0].Counts!.Total, run.Plan().Status.Tasks![0].Counts!.Succeeded));
    }

    [Theory]
    [InlineData("iteration > 3", "train: repeat.until was not true after 2 rounds; raise repeat.limit, or let until say what is enough")]
    [InlineData("values.v", "train@1: repeat.until must be true or false, but is int; correct it")]
    [InlineData("values.v.x == 1", "train@1: repeat.until must be true or false, but is wrong: ")]
    public void A_loop_that_does_not_come_to_its_end_fails(string until, string message)
    {
        var run = new RunSimulation($"- {{ name: train, command: [t], outputs: {{ values: {{ v: /out/v }} }}, repeat: {{ until: \"{until}\", limit: 2 }} }}", Pinned);
        while (run.Start() is [var item])
            run.End(item, values: new() { ["v"] = "1" });
        Assert.Equal(FlowPhase.Failed, run.Plan().Status.Phase);
        Assert.StartsWith(message, run.Plan().Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_and_items_are_repeated_each_by_itself()
    {
        var run = new RunSimulation("""
            - { name: a, template: t, forEach: [1, 2], with: { n: "${{ item * 10 + iteration }}" }, repeat: { until: "values.v >= item", limit: 5 } }
            - { name: b, command: [b, "${{ tasks.a.values.v }}"] }
            """, Pinned + "\ntemplates: [{ name: t, params: [{ name: n }], tasks: [{ name: x, command: [x, '${{ params.n }}'], outputs: { values: { v: /out/v } } }] }]");
        Assert.Equal(["a[0]@1.x", "a[1]@1.x"], run.Start());
        Assert.Equal(["x", "21"], RunSimulation.Command(run.Pod("a[1]@1.x")));
        run.End("a[0]@1.x", values: new() { ["v"] = "1" });
        run.End("a[1]@1.x", values: new() { ["v"] = "1" });
        Assert.Equal(["a[1]@2.x"], run.Start());
        run.End("a[1]@2.x", values: new() { ["v"] = "2" });
        run.Start();
        Assert.Equal(["b", "[1,2]"], RunSimulation.Command(run.Pod("b")));
        run.End("b");
        Assert.Equal((FlowPhase.Succeeded, "4/4"), (run.Plan().Status.Phase, run.Plan().Status.Progress));
    }
}
