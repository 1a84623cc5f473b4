using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>An attempt of a test that was not run: what is recorded of it, and what is to be stored for it.</summary>
/// <param name="Record">The record. It has no pod.</param>
/// <param name="Contents">Contents of its files and values.</param>
public sealed record FakeAttempt(AttemptRecord Record, IReadOnlyList<ReadOnlyMemory<byte>> Contents)
{
    /// <summary>
    /// The end of an attempt as its fake says it. It is read as that of a pod is, so that retries, memory and messages are what they will be; null and the problem
    /// if an expression has no value.
    /// </summary>
    internal static FakeAttempt? Of(RunView view, TaskState state, ItemState item, TaskFake fake, PlannedPod planned, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        problem = "";
        var contents = new List<ReadOnlyMemory<byte>>();
        var texts = new Dictionary<string, string>();
        var (files, values) = (new Dictionary<string, FileRecord>(), new Dictionary<string, FileRecord>());
        var fails = fake.Fails(item.NextNumber);
        foreach (var (name, path) in fails ? [] : state.Task.Outputs?.Files ?? [])
        {
            var (field, fileName) = ($"fakes.{item.Path}.files.{name}", path[(path.LastIndexOf('/') + 1)..]);
            var file = fake.Files?.GetValueOrDefault(name) is JsonObject directory ? Directory(field, directory, fileName, out problem)
                : PodTemplate.Text(field, (string?)fake.Files?.GetValueOrDefault(name) ?? "", scope, out problem) is { } text ? Stored(text, fileName) : null;
            if (file is null)
                return null;
            files[name] = file;
        }

        foreach (var name in fails ? [] : state.Task.Outputs?.Values?.Keys ?? Enumerable.Empty<string>())
        {
            var value = JsonTemplate.Evaluate(fake.Values?.GetValueOrDefault(name), scope);
            if (value is CelError error)
            {
                problem = $"fakes.{item.Path}.values.{name} has no value: {error.Message}; correct it";
                return null;
            }

            var stored = Stored(CelJson.ToCompactJson(CelJson.ToJson(value)), $"{name}.json");
            values[name] = stored;
            texts[stored.Sha256] = Encoding.UTF8.GetString(contents[^1].Span);
        }

        var pod = planned.Pod;
        var exitCode = fails ? fake.ExitCode ?? 1 : 0;
        pod.Status = new V1PodStatus { Phase = fails ? "Failed" : "Succeeded" };
        var report = new TaskReport { ExitCode = exitCode, Start = view.Now, End = view.Now, Files = files, Values = values, Reason = fake.Reason == AttemptReason.OutOfMemory && fails ? fake.Reason : "" };
        var hopeless = fails && fake.Reason is { } reason && reason is not (AttemptReason.Error or AttemptReason.OutOfMemory) ? new HopelessPod(pod, reason, $"{item.Path} ended with {reason}, as the test has it") : null;
        var record = AttemptReader.Read(pod, view.Definition, view.Name, new AttemptSources(report, planned.Inputs, texts), view.Now, hopeless)!;
        return new FakeAttempt(record with { Pod = "", PodUid = "", ExitCode = hopeless is not null && fake.ExitCode is null ? null : exitCode }, contents);

        // Of a map from paths to texts.
        FileRecord? Directory(string field, JsonObject texts, string name, out string problem)
        {
            problem = "";
            var entries = new Dictionary<string, DirectoryEntry>();
            foreach (var (path, text) in texts)
            {
                if (PodTemplate.Text($"{field}.{path}", (string)text!, scope, out problem) is not { } content)
                    return null;
                var stored = Stored(content, path);
                entries[path] = new DirectoryEntry(path) { Sha256 = stored.Sha256, Size = stored.Size };
                for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
                    entries.TryAdd(path[..slash], new DirectoryEntry(path[..slash]));
            }

            try
            {
                var manifest = DirectoryManifest.Of(entries.Values);
                contents.Add(manifest.Content);
                return new FileRecord(manifest.Sha256, manifest.Size, name, manifest.FileCount) { Listing = FileListing.Of(manifest) };
            }
            catch (FormatException e)
            {
                problem = $"{field} is no directory: {e.Message}; correct it";
                return null;
            }
        }

        FileRecord Stored(string text, string name)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            contents.Add(bytes);
            return new FileRecord(Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length, name);
        }
    }
}
