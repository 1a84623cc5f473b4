using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;

namespace Slipway.Flows.Tests.Golden;

/// <summary>The statuses of simulated pods.</summary>
internal static class GoldenPod
{
    /// <summary>Whether a pod never ends by itself.</summary>
    public static bool IsEndless(JsonObject end) => end["endless"] is not null || end["waits"] is not null;

    /// <summary>The status of a pod that ends so; that of a service of which nothing is said is ready, and does not end.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="end">How it ends.</param>
    /// <param name="now">The present.</param>
    /// <param name="store">Stores what it leaves, and gives the hash.</param>
    public static async Task<JsonObject> StatusAsync(V1Pod pod, JsonObject end, DateTimeOffset now, Func<byte[], Task<string>> store)
    {
        if (end.Count == 0 && FlowNames.TaskOf(pod).ReadinessProbe is not null)
        {
            var ready = Status("Running", new JsonObject { ["running"] = new JsonObject { ["startedAt"] = now } });
            ready["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True", ["lastTransitionTime"] = now });
            return ready;
        }

        if (end["pull"] is { } pull)
            return Status("Pending", new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "ErrImagePull", ["message"] = pull.DeepClone() } }, FlowNames.TaskOf(pod).Image);
        if ((string?)end["pod"] is { } podReason)
            return new JsonObject { ["phase"] = "Failed", ["reason"] = podReason, ["message"] = "by the test" };
        var exit = (int?)end["exit"] ?? 0;
        if ((string?)end["step"] is { } step)
        {
            return new JsonObject
            {
                ["phase"] = "Failed",
                ["initContainerStatuses"] = Containers(FlowNames.StepPrefix + step, new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = exit } }),
            };
        }

        var report = new JsonObject { ["version"] = 1, ["exitCode"] = exit, ["reason"] = (string?)end["reason"] ?? (exit == 0 ? "" : "Error"), ["message"] = (string?)end["message"] ?? "", ["start"] = now, ["end"] = now };
        if (exit == 0)
        {
            report["files"] = await OutputsAsync(pod, "--file", (name, path) => end["files"]?[name] ?? $"{name} of {PodIdentity.Of(pod)!.Path}\n");
            report["values"] = await OutputsAsync(pod, "--value", (name, _) => end["values"]?[name]?.ToJsonString() ?? "null");
        }

        return Status(exit == 0 ? "Succeeded" : "Failed", new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = exit, ["message"] = report.ToJsonString() } });

        async Task<JsonObject> OutputsAsync(V1Pod pod, string option, Func<string, string, JsonNode> content)
        {
            var outputs = new JsonObject();
            var words = FlowNames.TaskOf(pod).Command.TakeWhile(c => c != "--").ToList();
            for (var i = 0; i + 1 < words.Count; i++)
            {
                if (words[i] != option)
                    continue;
                var (name, path) = (words[i + 1].Split('=')[0], words[i + 1].Split('=')[1]);
                var left = content(name, path);
                if (left is JsonObject directory)
                {
                    outputs[name] = await DirectoryAsync(directory, Path.GetFileName(path));
                    continue;
                }

                var bytes = Encoding.UTF8.GetBytes((string)left!);
                outputs[name] = new JsonObject { ["sha256"] = await store(bytes), ["size"] = bytes.Length, ["fileName"] = Path.GetFileName(path) };
            }

            return outputs;
        }

        async Task<JsonObject> DirectoryAsync(JsonObject texts, string name)
        {
            var entries = new List<DirectoryEntry>();
            foreach (var (path, text) in texts)
            {
                var bytes = Encoding.UTF8.GetBytes((string)text!);
                entries.Add(new DirectoryEntry(path) { Sha256 = await store(bytes), Size = bytes.Length });
            }

            entries.AddRange(texts.Select(t => Path.GetDirectoryName(t.Key)!).Where(d => d.Length > 0).Distinct().Select(d => new DirectoryEntry(d)));
            var manifest = DirectoryManifest.Of(entries);
            await store(manifest.Content.ToArray());
            return new JsonObject { ["sha256"] = manifest.Sha256, ["size"] = manifest.Size, ["fileName"] = name, ["fileCount"] = manifest.FileCount };
        }
    }

    /// <summary>The status of a pod that was deleted while it ran.</summary>
    public static JsonObject Deleted => Status("Failed", new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = 143 } });

    /// <summary>The status of a pod that only tells the digest of its image.</summary>
    public static JsonObject Image => Status("Succeeded", new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = 0 } });

    private static JsonObject Status(string phase, JsonObject state, string image = "x:1") => new() { ["phase"] = phase, ["containerStatuses"] = Containers(FlowNames.Container, state, image) };

    private static JsonArray Containers(string name, JsonObject state, string image = "x:1") =>
        new(new JsonObject { ["name"] = name, ["image"] = image, ["imageID"] = RunSimulation.Digest, ["ready"] = false, ["restartCount"] = 0, ["state"] = state });
}
