using System.Security.Cryptography;
using System.Text;
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
            if (PodTemplate.Text($"fakes.{item.Path}.files.{name}", fake.Files?.GetValueOrDefault(name) ?? "", scope, out problem) is not { } text)
                return null;
            files[name] = Stored(text, path[(path.LastIndexOf('/') + 1)..]);
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

        FileRecord Stored(string text, string name)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            contents.Add(bytes);
            return new FileRecord(Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length, name);
        }
    }
}
