using Slipway.Golden;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>The golden flows, which come to the same record in containers as with simulated pods.</summary>
internal static class GoldenFlows
{
    private static string DirectoryPath => Repository.File("tests", "Flows.Tests", "Golden");

    /// <summary>Names of those that need nothing but a shell.</summary>
    public static IReadOnlyList<string> Real =>
        [.. Directory.EnumerateFiles(DirectoryPath, "*.pods.yaml").Where(f => File.ReadLines(f).Contains("real: true")).Select(f => Path.GetFileName(f)[..^".pods.yaml".Length]).Order(StringComparer.Ordinal)];

    extension(SlipwayCli slipway)
    {
        /// <summary>Runs golden flows at the same time, each once and under its own name; what differs from the records that are expected.</summary>
        public async Task<IReadOnlyList<string>> RunGoldenAsync(IReadOnlyList<string> names)
        {
            (await slipway.RunAsync(["apply", .. names.SelectMany(n => new[] { "-f", Path.Combine(DirectoryPath, $"{n}.yaml") })])).Expect();
            var runs = names.Select(n => $$"""{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: {{n}} }, spec: { flow: {{n}} } }""");
            (await slipway.RunWithInputAsync(string.Join("\n---\n", runs), "apply", "-f", "-")).Expect();

            var different = new List<string>();
            foreach (var name in names)
            {
                var run = await slipway.WaitForRunAsync(name, r => r.Phase() is "Succeeded" or "Failed");
                var attempts = (await slipway.JsonAsync("runs", "show", name))["attempts"]!.AsArray().Select(a => a!);
                var expected = await File.ReadAllTextAsync(Path.Combine(DirectoryPath, $"{name}.expected.txt"), TestContext.Current.CancellationToken);
                expected = expected[expected.IndexOf("\nrun ", StringComparison.Ordinal)..].TrimStart('\n'); // what comes before is the plan
                var actual = GoldenText.Of(run, attempts);
                if (expected != actual)
                    different.Add($"expected:\n{expected}\nactual:\n{actual}");
            }

            return different;
        }
    }
}
