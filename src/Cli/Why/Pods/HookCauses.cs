using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Pods;

/// <summary>Why a container's hook after its start failed, for which its node ends it.</summary>
internal static class HookCauses
{
    /// <summary>The cause; null when the container ended otherwise.</summary>
    public static Cause? Failed(Inquiry inquiry, JsonObject pod, string container, JsonObject ended, Declaration declared)
    {
        if (ContainerCauses.Declared(pod, container)?.Object("lifecycle")?.Object("postStart") is not { } hook
            || inquiry.Events(pod).FirstOrDefault(e => e.Reason == "FailedPostStartHook" && e.IsAbout(container) && ProbeCauses.IsTold(e, ended)) is not { } failed)
            return null;
        var path = $"{Declaration.Container(pod, container)}.lifecycle.postStart";
        IReadOnlyList<string> evidence = [failed.Text(inquiry.Now)];
        var command = (hook.Object("exec")?.Array("command") ?? []).Select(word => word.AsText() ?? "").ToList();
        if (command.Count == 0)
            return new Cause("What the hook asks does not answer as it should") { Evidence = evidence, Remedy = declared.Change("Correct the hook, or what it asks", path, null) };
        return failed.Message.Contains("executable file not found", StringComparison.Ordinal) || failed.Message.Contains("no such file or directory", StringComparison.Ordinal)
            ? new Cause($"The image has no program \"{command[0]}\", which the hook runs") { Evidence = evidence, Remedy = declared.Change("Name a program that the image has", $"{path}.exec.command[0]", "PROGRAM") }
            : new Cause($"The hook's command fails: {string.Join(' ', command)}") { Evidence = evidence, Remedy = declared.Change("Correct the command, or what it does", $"{path}.exec.command", null) };
    }
}
