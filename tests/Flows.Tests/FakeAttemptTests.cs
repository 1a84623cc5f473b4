using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public sealed class FakeAttemptTests
{
    private const string Tasks = """
        - { name: list, command: [list], outputs: { values: { days: /out/days } } }
        - name: clean
          forEach: "${{ tasks.list.values.days }}"
          command: [clean, "${{ item }}"]
          retries: { limit: 1, backoff: 1h }
          resources: { memory: 100Mi }
          onOutOfMemory: { factor: 2, limit: 150Mi }
          outputs: { files: { f: /out/f.csv }, values: { rows: /out/rows } }
        - { name: sum, command: [sum, "${{ tasks.clean.values.rows }}"], inputs: { all: "${{ tasks.clean.files.f }}" }, outputs: { values: { total: /out/total } } }
        """;

    private const string List = "list: { values: { days: [mon, tue] } }";
    private const string Clean = "clean: { values: { rows: '${{ size(item) }}' }, files: { f: 'day ${{ item }}' } }";
    private const string Sum = "sum: { values: { total: 6 } }";

    [Fact]
    public void A_run_whose_tasks_are_all_faked_needs_no_pod()
    {
        var end = Rehearse($"{{ {List}, {Clean}, {Sum} }}");
        Assert.Equal((FlowPhase.Succeeded, 0, 0), (end.Status.Phase, end.Pods.Count, end.Unknown.Count));
        var outcome = FlowOutcome.Of(end);
        Assert.Null(outcome.Check("tasks.clean.values.rows == [3, 3] && tasks.clean.files.f[1].size == 7 && tasks.sum.values.total == 6 && outcome.phase == 'Succeeded'").Problem);
    }

    [Fact]
    public void A_directory_is_faked_by_the_texts_of_its_files()
    {
        const string Tasks = "- { name: split, command: [s], outputs: { files: { parts: /out/p } } }\n- { name: clean, command: [c], forEach: '${{ tasks.split.files.parts.files }}', inputs: { part: '${{ item }}' } }";
        var end = Rehearse("{ split: { files: { parts: { a.csv: '1', deep/er/b.csv: '${{ run.flow }}' } } }, clean: {} }", Tasks);
        Assert.Equal((FlowPhase.Succeeded, null), (end.Status.Phase, end.Status.Message));
        var outcome = FlowOutcome.Of(end);
        Assert.Null(outcome.Check("tasks.clean.total == 2 && tasks.split.files.parts.files.map(f, f.path) == ['a.csv', 'deep/er/b.csv'] && tasks.split.files.parts.size == 2").Problem);
        Assert.StartsWith("split: fakes.split.files.parts is no directory: /a: ", Rehearse("{ split: { files: { parts: { /a: '1' } } } }", Tasks).Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_that_is_not_true_tells_the_values_that_it_refers_to()
    {
        var outcome = FlowOutcome.Of(Rehearse($"{{ {List}, {Clean}, {Sum} }}"));
        var check = outcome.Check("tasks.clean.values.rows.all(r, r > 3) || tasks['sum'].total == 2");
        Assert.Equal("is false", check.Problem);
        Assert.Equal(["tasks.clean.values.rows = [3,3]", "tasks.sum.total = 1"], check.Facts.Select(f => $"{f.Key} = {f.Value}"));
        Assert.Equal("tasks.list.values.days = [\"mon\",\"tue\"]", outcome.Check("tasks.list.values.days[0].name == 'x'").Facts.Select(f => $"{f.Key} = {f.Value}").Single());
        Assert.StartsWith("has no value: ", outcome.Check("tasks.list.values.nights == 1").Problem);
        Assert.Equal("must be true or false, but is of type int", outcome.Check("tasks.clean.total").Problem);
    }

    [Theory]
    [InlineData("clean: { exitCode: 3 }", "clean[0]: 2 Error, clean[1]: 2 Error", "clean[0] ended with exit code 3; see slipway logs f-00000 'clean[0]' (after 2 attempts) (and 1 more of 2)")]
    [InlineData("clean: { values: { rows: 1 } }, 'clean[1]': { reason: Timeout, exitCode: 1, failures: 1, values: { rows: 1 } }", "clean[0]: 1 Succeeded, clean[1]: 2 Succeeded", "")]
    [InlineData("clean: { values: { rows: 1 } }, 'clean[0]': { reason: OutOfMemory }", "clean[0]: 2 OutOfMemory, clean[1]: 1 Succeeded", "clean[0] was killed at its 150Mi limit, which is the most that onOutOfMemory allows; raise onOutOfMemory.limit")]
    [InlineData("clean: { values: { rows: 1 } }, 'clean[0]': { reason: NodeLost, failures: 3, values: { rows: 1 } }", "clean[0]: 4 Succeeded, clean[1]: 1 Succeeded", "")]
    [InlineData("clean: { values: { rows: '${{ item + 1 }}' } }", "", "clean[0]: fakes.clean[0].values.rows has no value: no such overload: string + int; correct it (and 1 more of 2)")]
    public void Failures_are_retried_as_those_of_pods(string fakes, string ended, string message)
    {
        var end = Rehearse($"{{ {List}, {fakes}, {Sum} }}");
        Assert.Equal(message, end.Status.Message ?? "");
        Assert.Equal(ended, string.Join(", ", end.End.Attempts.Where(a => a.Task == "clean").GroupBy(a => a.Path.Text).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Key}: {g.Count()} {g.Last().Reason}")));
        Assert.All(end.End.Attempts, a => Assert.Equal("", a.Pod));
    }

    [Theory]
    [InlineData("")]
    [InlineData("timeout: 1h")]
    public void A_fake_that_ends_as_if_the_run_were_late_does_not_end_the_run(string more)
    {
        var end = Rehearse("{ a: { reason: RunTimeout, failures: 1 }, b: {} }", "- { name: a, command: [a], retries: { limit: 1 } }\n- { name: b, command: [b], needs: [a] }", more);
        Assert.Equal((FlowPhase.Succeeded, "a RunTimeout, a Succeeded, b Succeeded"), (end.Status.Phase, string.Join(", ", end.End.Attempts.Select(a => $"{a.Task} {a.Reason}"))));
    }

    [Fact]
    public void What_has_no_fake_is_named()
    {
        var end = Rehearse($"{{ {List}, 'clean[0]': {{ values: {{ rows: 1 }} }} }}");
        Assert.Equal(["clean[1]"], end.Unknown.Select(p => p.Text));
        Assert.Equal(["clean", "tue"], RunSimulation.Command(Assert.Single(end.Pods).Pod));
    }

    [Theory]
    [InlineData("{ say: { exitCode: 1 } }", FlowPhase.Failed, "say was denied by the test")]
    [InlineData("{}", FlowPhase.Succeeded, "")]
    public void Approvals_are_given_unless_a_fake_fails(string fakes, string phase, string message)
    {
        var end = Rehearse(fakes, "- { name: say, approve: { message: ok } }");
        Assert.Equal((phase, message), (end.Status.Phase, end.Status.Message ?? ""));
    }

    [Theory]
    [InlineData("etl[1].clean", "etl[1].clean", true)]
    [InlineData("etl.clean", "etl[1].clean[2]@3", true)]
    [InlineData("etl", "etl[1].clean", false)]
    [InlineData("clean[1]", "clean[2]", false)]
    public void A_fake_is_found_by_its_path(string key, string path, bool isFound) =>
        Assert.Equal(isFound, TaskFake.Find(new Dictionary<string, TaskFake> { [key] = new() }, TaskPath.TryParse(path)!) is not null);

    private static FlowRehearsal Rehearse(string fakes, string tasks = Tasks, string more = "")
    {
        var document = new JsonObject { ["fakes"] = DocumentReader.ParseYaml($"fakes: {fakes}")[0]["fakes"]!.DeepClone(), ["flow"] = "f" };
        var spec = document.Deserialize(KindsJson.Default.FlowTestSpec)!;
        var start = FlowRehearsal.Start("f", RunDefinition.Of(new RunSimulation(tasks, $"defaults: {{ image: 'x@sha256:00' }}\n{more}").Flow), new Dictionary<string, JsonNode?>(), null, DateTimeOffset.UnixEpoch);
        return FlowRehearsal.Of(start with { Fakes = spec.Fakes }, (_, _) => null);
    }
}
