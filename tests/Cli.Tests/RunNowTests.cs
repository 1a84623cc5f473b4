using k8s.Models;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.Cli.Runs;
using Slipway.Flows;

namespace Cli.Tests;

/// <summary>What is told of a run that has not ended.</summary>
public sealed class RunNowTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 6, 1, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("{ phase: Pending, message: 'waits for its turn: 1 run is under way, and concurrency.limit is 1' }", "waits for its turn: 1 run is under way, and concurrency.limit is 1")]
    [InlineData("{ phase: Running, message: suspended; go on with slipway resume f-1, tasks: [{ name: a, phase: Running, items: [{ phase: Running, attempts: 1 }] }] }", "suspended; go on with slipway resume f-1; a runs")]
    [InlineData("{ phase: Running, message: ask waits for approval, tasks: [{ name: ask, phase: Pending, message: ask waits for approval }, { name: b, phase: Pending }] }", "ask waits for approval")]
    [InlineData("{ phase: Running, progress: 2/6, counts: { total: 6 }, tasks: [{ name: a, phase: Running, counts: { total: 6 }, items: [{ index: 0, phase: Succeeded }, { index: 1, phase: Running }, { index: 2, phase: Running }, { index: 3, phase: Running }, { index: 4, phase: Running }] }] }", "2/6 done; a[1], a[2] and 2 more run")]
    [InlineData("{ phase: Running, tasks: [{ name: a, phase: Running, items: [{ phase: Pending, attempts: 1, reason: Error, message: a ended with exit code 3 }] }] }", "is to be tried again: a ended with exit code 3")]
    [InlineData("{ phase: Running, tasks: [{ name: a, phase: Running, message: 'x', items: [{ index: 0, phase: Running, message: 'x' }, { index: 1, phase: Running, message: 'y' }, { index: 2, phase: Running, message: 'z' }] }] }", "x; y; 1 more wait")]
    [InlineData("{ phase: Running, tasks: [{ name: etl, phase: Running, message: etl.ask waits for approval }, { name: etl.ask, phase: Pending, message: etl.ask waits for approval }] }", "etl.ask waits for approval")]
    public void A_list_says_in_a_line_what_waits_and_what_runs(string status, string line) => Assert.Equal(line, RunNow.Line(Run(status)));

    [Fact]
    public void A_table_has_what_has_not_ended_and_what_each_waits_for()
    {
        var run = Run("""
            phase: Running
            flow:
              defaults: { image: "x:1" }
              tasks:
                - { name: ingest, command: [a], outputs: { values: { days: /out/d } } }
                - { name: clean, command: [a], forEach: "${{ tasks.ingest.values.days }}" }
                - { name: train, command: [a], locks: [{ name: gpu }] }
                - { name: report, command: [a], needs: [clean, train] }
              always: [{ name: tidy, command: [a] }]
            tasks:
              - { name: ingest, phase: Succeeded, items: [{ phase: Succeeded, attempts: 1 }] }
              - name: clean
                phase: Running
                message: "clean[1] waits for a node: 0/1 nodes are available: 1 Insufficient cpu"
                items:
                  - { index: 0, phase: Running, attempts: 2, startTime: "2026-03-01T06:00:18Z" }
                  - { index: 1, phase: Running, attempts: 1, message: "clean[1] waits for a node: 0/1 nodes are available: 1 Insufficient cpu" }
                  - { index: 2, phase: Running, attempts: 1, pod: f-1-clean-2 }
                  - { index: 3, phase: Succeeded, attempts: 1 }
              - { name: train, phase: Pending, message: train waits for the lock gpu }
              - { name: report, phase: Pending }
              - { name: tidy, phase: Pending }
            """);
        Assert.Equal(
            """
            NOW        STATE     FOR     TRY
            clean[0]   Running   42.0s   2
            clean[1]   Running           1     clean[1] waits for a node: 0/1 nodes are available: 1 Insufficient cpu
            clean[2]   Running           1     its pod f-1-clean-2 is being started
            train      Pending                 train waits for the lock gpu
            report     Pending                 comes after clean, train
            tidy       Pending                 comes when all other tasks have ended
            The lock gpu is held by fit[2] of run g-7.

            """.ReplaceLineEndings("\n"),
            RunNow.Table(run, [Holder("Running", "gpu,db", 0), Holder("Running", "gpu,db", 1), Holder("Succeeded", "gpu", null), Holder("Running", "db", null)], Now));
    }

    [Fact]
    public void Of_many_the_first_are_shown()
    {
        var items = string.Join(", ", Enumerable.Range(0, 30).Select(i => $"{{ index: {i}, phase: Running }}"));
        Assert.EndsWith("… 10 more\n", RunNow.Table(Run($"{{ phase: Running, tasks: [{{ name: a, phase: Running, items: [{items}] }}] }}"), [], Now));
    }

    private static FlowRun Run(string status)
    {
        var document = DocumentReader.ParseYaml("apiVersion: slipway.dev/v1alpha1\nkind: FlowRun\nmetadata: { name: f-1, uid: u }\nspec: { flow: f }\n")[0];
        document["status"] = DocumentReader.ParseYaml(status)[0];
        return FlowKinds.Runs.Read(System.Text.Encoding.UTF8.GetBytes(document.ToJsonString()));
    }

    private static V1Pod Holder(string phase, string locks, int? replica) => new()
    {
        Metadata = new()
        {
            Name = "p",
            Labels = new Dictionary<string, string>
            {
                [FlowNames.RunLabel] = "g-7", [FlowNames.TaskLabel] = "fit", [FlowNames.IndexLabel] = "2", [FlowNames.AttemptLabel] = "1",
                [FlowNames.ReplicaLabel] = replica?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "",
            },
            Annotations = new Dictionary<string, string> { [FlowNames.LocksAnnotation] = locks },
        },
        Status = new() { Phase = phase },
    };
}
