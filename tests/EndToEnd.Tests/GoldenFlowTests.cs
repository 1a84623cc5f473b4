using Slipway.Golden;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>The golden flows that need nothing but a shell, in containers: they come to the same record as with simulated pods.</summary>
public sealed class GoldenFlowTests(ClusterFixture cluster)
{
    private readonly SlipwayCli slipway = cluster.Slipway;

    [Fact]
    public async Task Golden_flows_come_to_the_same_in_containers()
    {
        var directory = Repository.File("tests", "Flows.Tests", "Golden");
        var names = Directory.EnumerateFiles(directory, "*.pods.yaml").Where(f => File.ReadLines(f).Contains("real: true")).Select(f => Path.GetFileName(f)[..^".pods.yaml".Length]).Order(StringComparer.Ordinal).ToList();
        Assert.True(names.Count >= 10, string.Join(' ', names));
        (await slipway.RunAsync(["apply", .. names.SelectMany(n => new[] { "-f", Path.Combine(directory, $"{n}.yaml") })])).Expect();
        var runs = names.Select(n => $$"""{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: {{n}} }, spec: { flow: {{n}} } }""");
        (await slipway.RunWithInputAsync(string.Join("\n---\n", runs), "apply", "-f", "-")).Expect();

        var different = new List<string>();
        foreach (var name in names)
        {
            var run = await slipway.WaitForRunAsync(name, r => r.Phase() is "Succeeded" or "Failed");
            var attempts = (await slipway.JsonAsync("runs", "show", name))["attempts"]!.AsArray().Select(a => a!);
            var expected = await File.ReadAllTextAsync(Path.Combine(directory, $"{name}.expected.txt"), TestContext.Current.CancellationToken);
            expected = expected[expected.IndexOf("\nrun ", StringComparison.Ordinal)..].TrimStart('\n'); // what comes before is the plan
            var actual = GoldenText.Of(run, attempts);
            if (expected != actual)
                different.Add($"expected:\n{expected}\nactual:\n{actual}");
        }

        Assert.True(different.Count == 0, string.Join("\n", different));
    }
}
