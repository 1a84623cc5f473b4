using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Simulation.Tests;

public sealed class SimulationPlanTests
{
    [Fact]
    public void A_declaration_is_read_field_by_field()
    {
        var plan = Parse("""
            apiVersion: simulation.slipway.dev/v1alpha1
            kind: Simulation
            seed: 7
            nodes:
              - { name: small, weight: 3, capacity: { cpu: 4, memory: 16Gi }, labels: { disk: ssd }, zones: [a, b] }
              - { name: gpu, capacity: { example.com/gpu: "8" }, taints: [{ key: gpu, value: "yes", effect: NoSchedule }] }
            pods:
              - namespace: batch
                selector: { matchLabels: { app: train } }
                startDelay: 2s..4s
                runFor: 1m
                failure: { probability: 0.25, exitCode: 137, reason: OOMKilled }
                use: { cpu: 80%, memory: 64Mi }
            """);

        Assert.Equal(7, plan.Seed);
        Assert.Equal(("4", "16Gi", "110"), (plan.Nodes[0].Capacity["cpu"], plan.Nodes[0].Capacity["memory"], plan.Nodes[0].Capacity["pods"]));
        Assert.Equal([new("gpu", "yes", "NoSchedule")], plan.Nodes[1].Taints);
        var pod = plan.Pods[0];
        Assert.Equal((TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4)), (pod.StartDelay.Least, pod.StartDelay.Most));
        Assert.Equal(TimeSpan.FromMinutes(1), pod.RunFor!.Value.At(0.5));
        Assert.Equal((0.25, 137, "OOMKilled"), (pod.FailureProbability, pod.ExitCode, pod.Reason));
        Assert.Equal((0.4, 64.0 * (1 << 20)), (pod.Cpu.Of(0.5), pod.Memory.Of(1)));
    }

    [Theory]
    [InlineData("nodes: [{ name: a, capcity: {} }]", "unknown field \"nodes[0].capcity\", did you mean \"capacity\"?")]
    [InlineData("pods: [{ use: { cpus: 1 } }]", "unknown field \"pods[0].use.cpus\", did you mean \"cpu\"?")]
    [InlineData("nodes: [{ weight: 1 }]", "nodes[0].name: Required value")]
    [InlineData("nodes: [{ name: A }]", "nodes[0].name: Invalid value: \"A\"")]
    [InlineData("nodes: [{ name: a }, { name: a }]", "nodes: Duplicate value")]
    [InlineData("nodes: [{ name: a, weight: 0 }]", "nodes[0].weight: Invalid value: 0")]
    [InlineData("nodes: [{ name: a, capacity: { cpu: many } }]", "nodes[0].capacity.cpu: Invalid value: \"many\"")]
    [InlineData("nodes: [{ name: a, taints: [{ key: k, effect: Never }] }]", "nodes[0].taints[0].effect: Unsupported value: \"Never\"")]
    [InlineData("pods: [{ runFor: 1h..1m }]", "pods[0].runFor: Invalid value: \"1h..1m\"")]
    [InlineData("pods: [{ failure: { probability: 1.5 } }]", "pods[0].failure.probability: Invalid value: 1.5")]
    [InlineData("pods: [{ failure: { exitCode: 0 } }]", "pods[0].failure.exitCode: Invalid value: 0")]
    [InlineData("pods: [{ use: { memory: lots } }]", "pods[0].use.memory: Invalid value: \"lots\"")]
    [InlineData("pods: [{ selector: { matchExpressions: [{ key: a, operator: Near }] } }]", "pods[0].selector: Invalid value")]
    public void What_is_wrong_is_told_with_its_path(string text, string message)
    {
        var refusal = Assert.Throws<ApiException>(() => Parse($"apiVersion: simulation.slipway.dev/v1alpha1\nkind: Simulation\n{text}\n"));
        Assert.Contains(message, refusal.Causes.Count == 0 ? refusal.Message : string.Join("; ", refusal.Causes.Select(cause => $"{cause.Field}: {cause.Message}")), StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_of_the_shapes_come_in_turn_and_keep_their_names_when_more_come()
    {
        var plan = new SimulationPlan
        {
            Nodes = [new() { Name = "a", Weight = 2, Capacity = NodeShape.Default.Capacity, Zones = ["x", "y"] }, new() { Name = "b", Capacity = NodeShape.Default.Capacity }],
        };
        Assert.Equal(["a-0 x", "a-1 y", "b-0 ", "a-2 x"], Fleet.Of(plan, 4).Select(node => $"{node.Name} {node.Zone}"));
        Assert.Equal(Fleet.Of(plan, 4).Select(node => node.Name), Fleet.Of(plan, 100).Take(4).Select(node => node.Name));
        Assert.Equal(["100.127.0.0", "100.127.0.1"], Fleet.Of(plan, 2).Select(node => node.Address));
    }

    [Theory]
    [InlineData(0, "100.64.0.1")]
    [InlineData(300, "100.64.1.45")]
    public void Addresses_of_pods_are_known_again(uint number, string address)
    {
        Assert.Equal(address, SimulatedAddresses.OfPod(number));
        Assert.Equal(number, SimulatedAddresses.NumberOf(address));
        Assert.Null(SimulatedAddresses.NumberOf("100.127.0.1"));
        Assert.Null(SimulatedAddresses.NumberOf(null));
    }

    private static SimulationPlan Parse(string yaml) => SimulationPlan.Parse(DocumentReader.ParseYaml(yaml)[0]);
}
