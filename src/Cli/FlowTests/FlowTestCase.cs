using System.Text.Json;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.Cli.Manifests;
using Slipway.Flows;

namespace Slipway.Cli.FlowTests;

/// <summary>A test with the flow that it is of.</summary>
/// <param name="Source">File of the test.</param>
/// <param name="Name">Name of the test.</param>
/// <param name="Spec">The test.</param>
/// <param name="Definition">The flow, and those that it calls.</param>
/// <param name="Start">The run before it begins.</param>
internal sealed record FlowTestCase(string Source, string Name, FlowTestSpec Spec, RunDefinition Definition, RunView Start)
{
    /// <summary>Reads a test.</summary>
    /// <exception cref="CommandException">It is not sound, or does not fit the flow; the message names the field.</exception>
    public static FlowTestCase Read(Manifest manifest, FlowFiles flows, DateTimeOffset now)
    {
        if (OwnKindCheck.Check(manifest.Document) is [var cause, ..]) throw new CommandException($"{cause.Field}: {cause.Message}");
        var spec = manifest.Document.Deserialize(KindsJson.Default.FlowTest)!.Spec;
        if (flows.Find(spec.Flow) is null) throw new CommandException($"spec.flow: there is no flow {spec.Flow} in the test's directory or among the files that were given");
        var definition = flows.Definition(spec.Flow);
        if (FlowTestRules.Validate(spec, definition) is [var misfit, ..]) throw new CommandException($"{misfit.Field}: {misfit.Message}");
        if (spec.Interval is null && FlowRunRules.ReadsInterval(definition)) throw new CommandException($"spec.interval: flow {spec.Flow} reads run.start or run.end; give an interval");
        var parameters = FlowRunRules.ResolveParams(definition.Flow, spec.Params).Params;
        var start = FlowRehearsal.Start(spec.Flow, definition, parameters, spec.Interval, now) with { Fakes = spec.Fakes ?? [] };
        return new(manifest.Source, manifest.Document.Name, spec, definition, start);
    }

    /// <summary>Holds the checks against what the run came to.</summary>
    public TestResult Judge(FlowOutcome outcome)
    {
        var expected = Spec.Phase ?? FlowPhase.Succeeded;
        string[] problems = outcome.Phase == expected ? []
            : [outcome.Phase == FlowPhase.Failed ? $"the run has failed: {outcome.Message}" : $"the run should be {expected}, but is {outcome.Phase}{(outcome.Message.Length > 0 ? $": {outcome.Message}" : "")}"];
        return new(Source, Name) { Problems = problems, Failed = [.. (Spec.Checks ?? []).Select(outcome.Check).Where(c => c.Problem is not null)] };
    }
}
