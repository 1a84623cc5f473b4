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

    // Names of flows have at most 50 characters, of which the server draws five.
    private const int PrefixLength = FlowRules.NameLimit - 5;

    /// <summary>Runs it to its end.</summary>
    public async Task<TestResult> RunAsync(FlowTestCase test, CancellationToken cancellation)
    {
        var copies = new List<Flow>();
        try
        {
            var names = new Dictionary<string, string>();
            foreach (var name in Ordered(test.Definition)) copies.Add(await CopyAsync(name, test.Definition.Flows[name], names, cancellation));
            var flow = await CopyAsync(test.Spec.Flow, test.Definition.Flow, names, cancellation);
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
            foreach (var copy in copies)
                await connection.Api.DeleteAsync(FlowKinds.Flows, copy.Metadata.NamespaceProperty, copy.Metadata.Name, new DeleteOptions { PropagationPolicy = "Background" }, CancellationToken.None);
        }
    }

    /// <summary>The flows that are called, each after those that it calls itself: it has to be told their names.</summary>
    private static List<string> Ordered(RunDefinition definition)
    {
        var ordered = new List<string>();
        Visit(definition.Flow);
        return ordered;

        void Visit(FlowSpec caller)
        {
            foreach (var name in caller.WrittenTasks.Select(t => t.Flow).OfType<string>().Where(n => !ordered.Contains(n)).ToList())
            {
                Visit(definition.Flows[name]);
                ordered.Add(name);
            }
        }
    }

    private async Task<Flow> CopyAsync(string name, FlowSpec spec, Dictionary<string, string> names, CancellationToken cancellation)
    {
        var copy = JsonSerializer.SerializeToNode(spec, KindsJson.Default.FlowSpec)!.Deserialize(KindsJson.Default.FlowSpec)!;
        (copy.Schedule, copy.Schedules, copy.Concurrency, copy.Retention, copy.Triggers) = (null, null, null, null, null);
        foreach (var task in copy.WrittenTasks.Where(t => t.Flow is not null))
            if (names.TryGetValue(task.Flow!, out var known)) task.Flow = known;
        var created = await connection.Api.CreateAsync(FlowKinds.Flows, new Flow
        {
            Metadata = new()
            {
                GenerateName = $"{(name.Length > PrefixLength - 6 ? name[..(PrefixLength - 6)].TrimEnd('-', '.') : name)}-test-",
                NamespaceProperty = connection.Namespace,
                Labels = new Dictionary<string, string> { [TestLabel] = "true" },
            },
            Spec = copy,
        }, cancellation);
        names[name] = created.Metadata.Name;
        return created;
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
