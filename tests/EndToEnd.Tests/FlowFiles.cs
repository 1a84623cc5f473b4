using System.Text.Json.Nodes;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>Flows of a few lines, run by the command line.</summary>
internal static class FlowFiles
{
    extension(SlipwayCli slipway)
    {
        /// <summary>Writes a flow with these tasks (YAML, an item each) to a file; its path.</summary>
        public async Task<string> WriteFlowAsync(string name, string tasks, string image = BusyboxImage.Name)
        {
            var file = Path.Combine(slipway.Home, $"{name}.yaml");
            var indented = string.Join('\n', tasks.Trim('\n').Split('\n').Select(line => $"    {line}"));
            await File.WriteAllTextAsync(file, $"apiVersion: slipway.dev/v1alpha1\nkind: Flow\nmetadata:\n  name: {name}\nspec:\n  defaults:\n    image: {image}\n  tasks:\n{indented}\n");
            return file;
        }

        /// <summary>Applies a flow of these tasks, runs it and follows it to its end.</summary>
        public async Task<CommandResult> RunFlowAsync(string name, string tasks, string image = BusyboxImage.Name) =>
            await slipway.RunAsync("run", await slipway.WriteFlowAsync(name, tasks, image));

        /// <summary>The only run of a flow, as the API has it.</summary>
        public async Task<JsonNode> OnlyRunAsync(string flow) =>
            (await slipway.JsonAsync("get", "flowruns"))["items"]!.AsArray().Single(run => (string?)run!["spec"]!["flow"] == flow)!;

        /// <summary>The attempts of the only run of a flow, as the ledger has them.</summary>
        public async Task<IReadOnlyList<JsonNode>> AttemptsAsync(string flow)
        {
            var run = await slipway.OnlyRunAsync(flow);
            var record = await slipway.JsonAsync("runs", "show", (string)run["metadata"]!["name"]!);
            return [.. record["attempts"]!.AsArray().Select(attempt => attempt!)];
        }

        /// <summary>Asks until the only run of a flow is as wanted.</summary>
        public async Task<JsonNode> WaitForRunAsync(string flow, Func<JsonNode, bool> wanted)
        {
            JsonNode run = null!;
            if (!await Waiting.IsSoWithinAsync(TimeSpan.FromMinutes(3), async () => wanted(run = await slipway.OnlyRunAsync(flow))))
                throw new TimeoutException($"The run of {flow} is not as expected after three minutes: {run["status"]?.ToJsonString()}");
            return run;
        }
    }

    /// <summary>The phase of a run.</summary>
    public static string? Phase(this JsonNode run) => (string?)run["status"]?["phase"];
}
