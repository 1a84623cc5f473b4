using Slipway.Api.Documents;
using Slipway.Api.Kinds;

namespace Slipway.Api.Tests.Kinds;

public class FlowServiceRulesTests
{
    private const string Sound = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f }
        spec:
          defaults: { image: "x:1" }
          templates: [{ name: t, params: [{ name: at }], tasks: [{ name: x, command: [x, "${{ params.at }}"] }] }]
          tasks:
            - { name: db, command: [db], service: { port: 5432 } }
            - { name: many, command: [m, "${{ tasks.db.address }}"], forEach: [a, b], service: { port: 80, readyPath: /up } }
            - { name: load, command: [load, "${{ tasks.db.host }}", "${{ tasks.many.address.join(',') }}"] }
            - { name: call, template: t, with: { at: "${{ tasks.db.address }}" } }
          always: [{ name: end, command: [end] }]
        """;

    [Fact]
    public void Services_and_what_reads_them_are_sound() => Assert.Empty(Validate(Sound));

    [Theory]
    [InlineData("command: [db], service", "command: [db], outputs: { values: { v: /out/v } }, service", "spec.tasks[0].outputs", "service is set, and what needs it runs while it does")]
    [InlineData("command: [db], service", "command: [db], replicas: 2, service", "spec.tasks[0].replicas", "each of several has a name of its own with forEach")]
    [InlineData("command: [db], service", "command: [db], repeat: { until: 'true', limit: 1 }, service", "spec.tasks[0].repeat", "it runs as long as it is needed")]
    [InlineData("command: [db], service", "command: [db], cache: {}, service", "spec.tasks[0].cache", "there is no result to take in place of it")]
    [InlineData("forEach: [a, b], service", "forEach: [a, b], parallelism: 1, service", "spec.tasks[1].parallelism", "all items of it run together")]
    [InlineData("defaults: {", "defaults: { locks: [{ name: one }],", "spec.tasks[0].locks", "many, which needs the service, takes the lock one too")]
    [InlineData("command: [load, ", "cache: {}, command: [load, ", "spec.tasks[2].cache", "the task needs the service db, and what that holds is no part of a result; take cache out")]
    [InlineData("name: call, template: t", "name: call, service: { port: 1 }, template: t", "spec.tasks[3].service", "it belongs to a task with a command")]
    [InlineData("command: [load, \"${{ tasks.db.host }}\", \"${{ tasks.many.address.join(',') }}\"]", "command: [load]", "spec.tasks[1].service", "no task beside it needs it, so that it would be ended at once; read tasks.many.address in one, or name it in its needs")]
    [InlineData("name: load", "name: load, needs: [call], env: [{ name: X, value: \"${{ tasks.call.host }}\" }]", "spec.tasks[2].env[0].value", "task call has no host, since it is no service; set service on it")]
    [InlineData("command: [end]", "command: [end, \"${{ tasks.db.host }}\"]", "spec.always[0].command[1]", "the service db has been ended when this is read; the tasks of its own list can read its host")]
    [InlineData("  always:", "  outputs: { values: { at: \"${{ tasks.db.address }}\" } }\n  always:", "spec.outputs.values.at", "the service db has been ended when this is read")]
    [InlineData("tasks.db.host }}\", \"", "tasks.db.host + 1 }}\", \"", "spec.tasks[2].command[1]", "found no matching overload for '_+_' applied to '(string, int)'")]
    [InlineData("tasks.many.address.join(',')", "tasks.many.address + 'x'", "spec.tasks[2].command[2]", "found no matching overload for '_+_' applied to '(list(string), string)'")]
    public void What_is_wrong_with_one_is_said(string sound, string wrong, string field, string message)
    {
        Assert.Contains(sound, Sound, StringComparison.Ordinal);
        Assert.Contains(Validate(Sound.Replace(sound, wrong, StringComparison.Ordinal)), c => c.Field == field && c.Message.Contains(message, StringComparison.Ordinal));
    }

    private static IReadOnlyList<StatusCause> Validate(string yaml) => FlowRules.Validate(DocumentReader.ParseYaml(yaml)[0]);
}
