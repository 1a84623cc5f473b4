using System.Text.Json;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;

namespace Slipway.Api.Tests.Kinds;

public class FlowCallRulesTests
{
    private const string Sound = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f }
        spec:
          defaults: { image: "x:1" }
          templates:
            - name: etl
              params: [{ name: day }, { name: mode, default: fast }]
              tasks:
                - { name: clean, command: [c, "${{ params.day }}"], outputs: { values: { n: /out/n } } }
                - { name: check, command: [c, "${{ tasks.clean.values.n }}"] }
              outputs: { values: { rows: "${{ tasks.clean.values.n }}" } }
            - name: both
              tasks: [{ name: one, template: etl, with: { day: mon } }, { name: two, flow: other, with: { x: 1 } }]
          tasks:
            - { name: a, template: etl, forEach: [1, 2], with: { day: "${{ item }}" } }
            - { name: b, command: [b, "${{ tasks.a.values.rows }}", "${{ tasks.d.values.whatever }}"] }
            - { name: c, template: both }
            - { name: d, flow: other }
        """;

    [Fact]
    public void Calls_are_sound() => Assert.Empty(FlowRules.Validate(DocumentReader.ParseYaml(Sound)[0]));

    [Theory]
    [InlineData("{ name: a, template: etl,", "{ name: a, template: elt,", "spec.tasks[0].template", "there is no template elt, did you mean \"etl\"?; templates are declared in spec.templates")]
    [InlineData("with: { day: \"${{ item }}\" }", "with: { dya: 1, day: 2 }", "spec.tasks[0].with.dya", "template etl has no such parameter, did you mean \"day\"?")]
    [InlineData("with: { day: mon }", "with: {}", "spec.templates[1].tasks[0].with.day", "template etl has this parameter and no default for it")]
    [InlineData("day: \"${{ item }}\"", "day: [{ x: \"${{ itme }}\" }]", "spec.tasks[0].with.day[0].x", "there is no itme")]
    [InlineData("${{ params.day }}", "${{ params.days }}", "spec.templates[0].tasks[0].command[1]", "there is no parameter days, did you mean \"day\"?")]
    [InlineData("tasks.a.values.rows", "tasks.a.values.row", "spec.tasks[1].command[1]", "task a has no row under the outputs of etl, under values, did you mean \"rows\"?")]
    [InlineData("rows: \"${{ tasks.clean.values.n }}\"", "rows: \"${{ tasks.clean.values.m }}\"", "spec.templates[0].outputs.values.rows", "task clean has no m under outputs.values")]
    [InlineData("rows: \"${{ tasks.clean.values.n }}\"", "rows: n", "spec.templates[0].outputs.values.rows", "must be one expression")]
    [InlineData("{ name: d, flow: other }", "{ name: d, flow: other, command: [x] }", "spec.tasks[3].flow", "command is set too, and a task has one of command, steps, template, flow and approve")]
    [InlineData("{ name: d, flow: other }", "{ name: d, flow: other, timeout: 1h }", "spec.tasks[3].timeout", "it belongs to a task with a command")]
    [InlineData("{ name: d, flow: other }", "{ name: d, approve: { message: \"${{ tasks.c.x }}\" }, image: y }", "spec.tasks[3].image", "it belongs to a task with a command")]
    [InlineData("{ name: d, flow: other }", "{ name: d, approve: { message: \"${{ tasks.c.x }}\" } }", "spec.tasks[3].approve.message", "a task has no x")]
    [InlineData("{ name: d, flow: other }", "{ name: d, command: [x], with: { y: 1 }, outputs: { values: { whatever: /out/w } } }", "spec.tasks[3].with", "it sets the parameters of a template or flow")]
    [InlineData("{ name: d, flow: other }", "{ name: d, flow: other, when: \"outcome.phase == 'Failed'\" }", "spec.tasks[3].when", "outcome is known only in tasks of onFailure, onSuccess and always")]
    [InlineData("{ name: d, flow: other }", "{ name: d, flow: other }\n  always: [{ name: e, command: [e], when: outcome.phse == '' }]", "spec.always[0].when", "outcome has no phse, did you mean \"phase\"?")]
    [InlineData("{ name: d, flow: other }", "{ name: d, flow: other }\n  onFailure: [{ name: a, command: [e] }]", "spec.onFailure[0].name", "Duplicate value: \"a\"")]
    [InlineData("{ name: d, flow: other }", "{ name: d, flow: other, needs: [e] }\n  always: [{ name: e, command: [e] }]", "spec.tasks[3].needs[0]", "task e runs after this one can")]
    [InlineData("{ name: d, flow: other }", "{ name: d, flow: other, needs: [a], join: any, when: \"true\" }", "spec.tasks[3].join", "when is set too, and decides alone")]
    [InlineData("- name: both", "- name: etl", "spec.templates[1].name", "Duplicate value: \"etl\"")]
    [InlineData("{ name: two, flow: other, with: { x: 1 } }", "{ name: two, template: both }", "spec.tasks", "calls lie in each other without end: both calls both; give one of the tasks a when")]
    public void A_fault_is_told_with_its_field(string from, string to, string field, string message)
    {
        Assert.Contains(from, Sound, StringComparison.Ordinal);
        var cause = Assert.Single(FlowRules.Validate(DocumentReader.ParseYaml(Sound.Replace(from, to, StringComparison.Ordinal))[0]), c => c.Field == field);
        Assert.Contains(message, cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_that_lie_too_deep_are_refused()
    {
        var templates = string.Join(", ", Enumerable.Range(1, 9).Select(i => $"{{ name: t{i}, tasks: [{(i == 9 ? "{ name: x, command: [x] }" : $"{{ name: x, template: t{i + 1} }}")}] }}"));
        var flow = Spec($"{{ defaults: {{ image: i }}, templates: [{templates}], tasks: [{{ name: a, template: t1 }}] }}");
        Assert.Equal(("spec.tasks", true), Assert.Single(FlowRules.Validate(flow)) is var cause ? (cause.Field, cause.Message.Contains("9 calls", StringComparison.Ordinal)) : default);
    }

    [Theory]
    [InlineData("{ with: { m: 1 } }", "spec.tasks[0].with.m: Invalid value: 1: flow g has no such parameter")]
    [InlineData("{ with: { n: 1 } }", null)]
    [InlineData("{}", "spec.tasks[0].with.n: Required value: flow g has this parameter and no default for it")]
    [InlineData("{ flow: h }", "spec.tasks[0].flow: Invalid value: \"h\": there is no flow h in the namespace")]
    [InlineData("{ flow: f }", "spec.tasks: Invalid value: \"the flow\": calls lie in each other without end: the flow calls f; give one of the tasks a when")]
    public void Calls_of_flows_are_checked_when_a_run_knows_them(string call, string? problem)
    {
        var task = DocumentReader.ParseYaml(call)[0].Deserialize(KindsJson.Default.FlowTask)!;
        var flow = new FlowSpec { Tasks = [new FlowTask { Name = "a", Flow = task.Flow ?? "g", With = task.With }] };
        var called = Spec("{ params: [{ name: n }], tasks: [{ name: x, image: i, command: [x] }] }");
        var causes = FlowRules.Validate(flow, new RunDefinition(flow, new Dictionary<string, FlowSpec> { ["g"] = called, ["f"] = flow }));
        Assert.Equal(problem, causes is [var cause, ..] ? $"{cause.Field}: {cause.Message}" : null);
    }

    private static FlowSpec Spec(string yaml) => DocumentReader.ParseYaml(yaml)[0].Deserialize(KindsJson.Default.FlowSpec)!;
}
