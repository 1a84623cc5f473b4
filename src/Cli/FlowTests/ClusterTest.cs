using System.Globalization;
using System.Text.Json;
using k8s.Models;
using Slipway.Api.Kinds;
using Slipway.Cli.Runs;
using Slipway.Client;
using Slipway.Flows;

namespace Slipway.Cli.FlowTests;

/// <summary>Runs a test in the cluster: what has no fake runs in pods. The flow is copied under another name, so that the one in use is not touched.</summary>
internal sealed class ClusterTest(ApiConnection connection, TimeProvider clock)
{
    private const string TestLabel = "slipway.dev/test";
    private const int SuffixLength = 6;

    /// <summary>Runs it to its end.</summary>
    public async Task<TestResult> RunAsync(FlowTestCase test, CancellationToken cancellation)
    {
        var copies = new List<Flow>();
        try
        {
            var names = Names(test.Spec.Flow, test.Definition, Guid.NewGuid().ToString("n")[..SuffixLength]);
            foreach (var (name, copy) in names.Where(n => n.Key != test.Spec.Flow)) copies.Add(await CopyAsync(copy, test.Definition.Flows[name], names, cancellation));
            var flow = await CopyAsync(names[test.Spec.Flow], test.Definition.Flow, names, cancellation);
            copies.Add(flow);
            var run = await connection.Api.CreateAsync(FlowKinds.Runs, await RunOfAsync(test, flow, cancellation), cancellation);
            var follower = new ObjectFollower<FlowRun>(FlowKinds.Runs, "run", connection, clock);
            await foreach (var _ in follower.FollowAsync(run.Metadata.Name, r => FlowPhase.IsFinal(r.Status?.Phase), cancellation)) { }
            var record = await new LedgerClient(connection).FindAsync(run.Metadata.Name, cancellation) ?? throw new CommandException($"there is no record of run {run.Metadata.Name}");
            return test.Judge(FlowOutcome.Of(test.Start, record)) with { Run = run.Metadata.Name };
        }
        finally
        {
            // The run goes with its flow; whoever interrupts wants no test to go on.
            await connection.Api.DeleteEachAsync(FlowKinds.Flows, copies, _ => new DeleteOptions { PropagationPolicy = "Background" }, CancellationToken.None);
        }
    }

    /// <summary>
    /// Names of the copies of a flow and of all that it calls, by the names that they have in use. They are known before the first is made, since flows may call each other and
    /// themselves.
    /// </summary>
    internal static Dictionary<string, string> Names(string flow, RunDefinition definition, string suffix) =>
        definition.Flows.Keys.Append(flow).Distinct().Index().ToDictionary(n => n.Item, n => Name(n.Item, string.Create(CultureInfo.InvariantCulture, $"-test-{suffix}{n.Index}")));

    private static string Name(string flow, string tail) =>
        (flow.Length + tail.Length > FlowRules.NameLimit ? flow[..(FlowRules.NameLimit - tail.Length)].TrimEnd('-', '.') : flow) + tail;

    private async Task<Flow> CopyAsync(string name, FlowSpec spec, Dictionary<string, string> names, CancellationToken cancellation)
    {
        var copy = JsonSerializer.SerializeToNode(spec, KindsJson.Default.FlowSpec)!.Deserialize(KindsJson.Default.FlowSpec)!;
        (copy.Schedule, copy.Schedules, copy.Concurrency, copy.Retention, copy.Triggers) = (null, null, null, null, null);
        foreach (var task in copy.WrittenTasks.Where(t => t.Flow is not null)) task.Flow = names[task.Flow!];
        return await connection.Api.CreateAsync(FlowKinds.Flows, new Flow
        {
            Metadata = new()
            {
                Name = name,
                NamespaceProperty = connection.Namespace,
                Labels = new Dictionary<string, string> { [TestLabel] = "true" },
            },
            Spec = copy,
        }, cancellation);
    }

    private async Task<FlowRun> RunOfAsync(FlowTestCase test, Flow flow, CancellationToken cancellation) => new()
    {
        Metadata = new()
        {
            Name = flow.Metadata.Name,
            NamespaceProperty = connection.Namespace,
            Labels = new Dictionary<string, string> { [TestLabel] = "true" },
            OwnerReferences = [new V1OwnerReference { ApiVersion = flow.ApiVersion, Kind = flow.Kind, Name = flow.Metadata.Name, Uid = flow.Metadata.Uid }],
        },
        Spec = new() { Flow = flow.Metadata.Name, Params = test.Spec.Params, Interval = test.Spec.Interval, Fakes = test.Spec.Fakes ?? [], Cause = new() { Type = RunCause.Test, By = await connection.WhoAmIAsync(cancellation), Message = test.Name } },
    };
}
