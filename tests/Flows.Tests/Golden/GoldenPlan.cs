using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests.Golden;

/// <summary>In which order the pods of a run are planned, if all that run end together.</summary>
internal static class GoldenPlan
{
    private const int WaveLimit = 100;

    public static async Task<string> OfAsync(GoldenFlow golden)
    {
        var run = golden.Runs[0].Deserialize(KindsJson.Default.FlowRun)!;
        var name = run.Metadata.Name;
        var simulation = new RunSimulation(golden.Flow, golden.Specs.Where(s => s.Key != golden.Name).ToDictionary()) { Interval = run.Spec.Interval };
        foreach (var (parameter, value) in FlowRunRules.ResolveParams(golden.Flow, run.Spec.Params).Params)
            simulation.Params[parameter] = value;
        var text = new StringBuilder("plan\n");
        var wave = 0;
        while (true)
        {
            foreach (var approval in (run.Spec.Approvals ?? []).Where(a => simulation.Plan().Status.Message?.StartsWith($"{a.Task} waits", StringComparison.Ordinal) == true))
                simulation.Approve(approval.Task, approval.Approved);
            simulation.RecordDecisions();
            var started = simulation.Start();
            if (started.Count > 0)
                text.Append(CultureInfo.InvariantCulture, $"  {++wave}: {string.Join(", ", started.GroupBy(s => s).Select(s => s.Count() == 1 ? s.Key : $"{s.Key} x{s.Count()}"))}\n");
            Assert.True(wave < WaveLimit, text.ToString());
            var plan = simulation.Plan();
            if (FlowPhase.IsFinal(plan.Status.Phase))
                return text.ToString();
            if (!await EndAsync(golden, name, simulation))
                simulation.Now = plan.NextDeadline ?? throw new InvalidOperationException($"{golden.Name} stands still: {plan.Status.Message}\n{text}");
        }
    }

    /// <summary>Ends what runs; whether anything did.</summary>
    private static async Task<bool> EndAsync(GoldenFlow golden, string run, RunSimulation simulation)
    {
        var plan = simulation.Plan();
        foreach (var hopeless in plan.GiveUp)
            simulation.Record(hopeless);
        var any = plan.GiveUp.Count > 0;
        foreach (var (pod, note) in plan.End)
        {
            simulation.Ends(pod, note);
            simulation.Conclude(pod, Read(GoldenPod.Deleted));
            any = true;
        }

        foreach (var pod in simulation.Live.Where(p => p.Metadata.DeletionTimestamp is null))
        {
            if (PodIdentity.Of(pod) is not { } identity)
            {
                any |= pod.Status.Phase != "Succeeded";
                pod.Status = Read(GoldenPod.Image);
                continue;
            }

            pod.Metadata.CreationTimestamp ??= simulation.Now.UtcDateTime;
            var end = golden.EndOf(run, identity);
            if (GoldenPod.IsEndless(end) || pod.Status.Phase is "Succeeded" or "Failed" or "Running" || (end["pull"] is not null && pod.Status.ContainerStatuses is not null))
                continue;
            any = true;
            simulation.Conclude(pod, Read(await GoldenPod.StatusAsync(pod, end, simulation.Now, simulation.StoreAsync)));
        }

        return any;
    }

    private static V1PodStatus Read(JsonObject status) => new JsonObject { ["status"] = status }.Deserialize(FlowKinds.Pods.Type)!.Status;
}
