using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Pods;

/// <summary>Why a container ended, or could not be started at all.</summary>
internal static partial class ExitCauses
{
    /// <summary>Why a container ended as its node reports.</summary>
    /// <param name="inquiry">The cluster.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="container">The container's name.</param>
    /// <param name="subject">How the sentence begins, up to its verb.</param>
    /// <param name="ended">The container's state <c>terminated</c>.</param>
    /// <param name="previous">Whether that was a former run, whose log is the one to read.</param>
    /// <param name="declared">Where the container is declared.</param>
    public static Cause Of(Inquiry inquiry, JsonObject pod, string container, string subject, JsonObject ended, bool previous, Declaration declared)
    {
        var (code, reason) = (ended.Integer("exitCode") ?? 0, ended.Text("reason") ?? "");
        if (reason is "StartError" or "ContainerCannotRun")
            return NotStarted(pod, container, $"Container {container}", ended.Text("message") ?? "", declared);
        var exit = $"{(reason.Length > 0 ? $"{reason}, e" : "E")}xit code {code}{Ran(ended)}{Since(inquiry, ended)}{Restarts(pod, container)}";
        if (reason == "OOMKilled")
            return OutOfMemory(inquiry, pod, container, subject, exit, declared);
        var log = LogTail.Evidence(inquiry, pod, container, previous);
        if (ProbeCauses.Killed(inquiry, pod, container, ended, declared) is { } probe)
            return new Cause($"{subject} was ended, since its {probe.Kind} probe failed") { Evidence = [exit, .. log], Because = [probe.Cause] };
        if (HookCauses.Failed(inquiry, pod, container, ended, declared) is { } hook)
            return new Cause($"{subject} was ended, since its postStart hook failed") { Evidence = [exit, .. log], Because = [hook] };

        var message = Words.OneLine(ended.Text("message"));
        var lines = inquiry.Log(pod, container, previous);
        return new Cause($"{subject} {Ended(code)}")
        {
            Evidence = [exit, .. message.Length > 0 ? [$"termination message: {message}"] : Array.Empty<string>(), .. log],
            Because = LogHints.Of(inquiry, pod, container, lines.Count > 0 ? lines : [message], declared) is { } hint ? [hint] : ByCode(pod, container, code, declared) is { } known ? [known] : [],
            // The log says what is to be mended; where there is none, how to see more.
            Remedy = lines.Count == 0 && code is not (0 or 126 or 127) ? new("Look at what it does; it has written nothing to its log") { Command = $"kubectl logs {pod.Name} -c {container}{(previous ? " -p" : "")} -n {pod.Namespace}" } : null,
        };
    }

    /// <summary>Why a container's process could not be started.</summary>
    public static Cause NotStarted(JsonObject pod, string container, string label, string message, Declaration declared)
    {
        var path = Declaration.Container(pod, container);
        var spec = ContainerCauses.Declared(pod, container) ?? [];
        var field = spec.Array("command") is { Count: > 0 } ? $"{path}.command" : $"{path}.args";
        var program = Program().Match(message) is { Success: true } match ? match.Groups[1].Value : "";
        return new Cause($"{label} cannot be started") { Evidence = [$"node: {Words.OneLine(message)}"], Because = [Why()] };

        Cause Why()
        {
            if (program.Contains(' '))
            {
                return new Cause($"The command is one word with blanks, \"{program}\", and no program has that name")
                {
                    Remedy = declared.Change("Write each word as an item of its own", field, JsonSerializerOf(program.Split(' ', StringSplitOptions.RemoveEmptyEntries))),
                };
            }
            if (message.Contains("executable file not found", StringComparison.Ordinal) || (program.Length > 0 && message.Contains("no such file or directory", StringComparison.Ordinal)))
            {
                return new Cause($"The image has no program \"{program}\"")
                {
                    Remedy = spec.Array("command") is { Count: > 0 } || spec.Array("args") is { Count: > 0 }
                        ? declared.Change("Name a program that the image has, or leave the field out so that the image's own command runs", $"{field}[0]", "PROGRAM")
                        : declared.Change("The image's own command does not exist in it: name another, or build the image anew", $"{path}.command", "[PROGRAM]"),
                };
            }
            if (message.Contains("permission denied", StringComparison.OrdinalIgnoreCase))
                return new Cause($"The file \"{program}\" may not be executed") { Remedy = new("Make it executable in the image (RUN chmod +x), or start it by its interpreter") };
            if (message.Contains("exec format error", StringComparison.Ordinal))
                return new Cause($"The program is built for another architecture, or is a script without its first line \"#!…\"") { Remedy = new("Build the image for this machine's architecture") };
            if (message.Contains("not a directory", StringComparison.Ordinal))
                return new Cause("A volume is mounted where the image has a file, or the other way round") { Remedy = declared.Change("Mount a single key with subPath, or choose a directory", $"{path}.volumeMounts", null) };
            return new Cause("The container runtime refuses it") { Remedy = declared.Change("Correct what the message names", path, null) };
        }
    }

    private static Cause OutOfMemory(Inquiry inquiry, JsonObject pod, string container, string subject, string exit, Declaration declared)
    {
        var resources = ContainerCauses.Declared(pod, container)?.Object("resources");
        var limit = resources?.Object("limits")?.Text("memory");
        var path = $"{Declaration.Container(pod, container)}.resources";
        var now = inquiry.Find(KindName.PodMetrics, pod.Namespace, pod.Name)?.Objects("containers").FirstOrDefault(c => c.Text("name") == container)?.Object("usage")?.Text("memory");
        IReadOnlyList<string> evidence = [exit, .. now is null ? Array.Empty<string>() : [$"measured: it uses {Shown(now)} now{(limit is null ? "" : $", of {limit}")}"]];
        if (limit is null || !Quantity.TryParse(limit, out var most))
        {
            return new Cause($"{subject} was killed, since its node ran out of memory")
            {
                Evidence = evidence,
                Remedy = declared.Change("Say how much it needs, so that it gets a node with enough room", $"{path}.requests.memory", "AMOUNT"),
            };
        }
        var more = (most * 2).ToString();
        return new Cause($"{subject} was killed at its memory limit of {limit}")
        {
            Evidence = evidence,
            Remedy = declared.Change("Raise the limit (and look for what takes the memory, if that is more than it should need)", $"{path}.limits.memory", more,
                $"kubectl set resources {declared.Name} -c {container} --limits=memory={more} -n {pod.Namespace}"),
        };
    }

    private static string Shown(string amount) => Quantity.TryParse(amount, out var quantity) ? Runs.Units.Bytes(quantity.ToBytes()) : amount;

    private static string Ended(long code) => code switch
    {
        132 => "was ended by SIGILL: the processor lacks an instruction that it uses",
        134 => "was ended by SIGABRT: it gave up by itself",
        137 => "was killed (SIGKILL)",
        139 => "was ended by SIGSEGV: it used memory that is not its own",
        143 => "was ended by SIGTERM",
        > 128 and < 160 => string.Create(CultureInfo.InvariantCulture, $"was ended by signal {code - 128}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"ended with exit code {code}"),
    };

    private static Cause? ByCode(JsonObject pod, string container, long code, Declaration declared)
    {
        var path = Declaration.Container(pod, container);
        return code switch
        {
            0 when (pod.Object("spec")?.Text("restartPolicy") ?? "Always") == "Always" => new Cause("Its command comes to its end, but the pod is to run for ever (restartPolicy Always)")
            {
                Remedy = declared.Object.Kind is "Pod" or "Deployment" or "ReplicaSet"
                    ? new("Give it a command that stays in the foreground; for work that ends, make it a Job") { Object = declared.Name, Path = $"{declared.Spec}.{path}.command" }
                    : declared.Change("Give it a command that stays in the foreground", $"{path}.command", null),
            },
            126 => new Cause("Its command is not executable") { Remedy = declared.Change("Make the file executable in the image (chmod +x), or start it by its interpreter", $"{path}.command", null) },
            127 => new Cause("A program that its command names is not in the image") { Remedy = declared.Change("Correct the program's name or its path, or add it to the image", $"{path}.command", null) },
            _ => null,
        };
    }

    private static string Ran(JsonObject ended) =>
        Meta.ParseTime(ended.Text("startedAt")) is { } start && Meta.ParseTime(ended.Text("finishedAt")) is { } end && end >= start ? $" after {Words.Span(end - start)}" : "";

    private static string Since(Inquiry inquiry, JsonObject ended) => Meta.ParseTime(ended.Text("finishedAt")) is { } end ? $", {Words.Ago(inquiry.Now - end)}" : "";

    private static string Restarts(JsonObject pod, string container)
    {
        var statuses = (pod.Object("status")?.Objects("containerStatuses") ?? []).Concat(pod.Object("status")?.Objects("initContainerStatuses") ?? []);
        return statuses.FirstOrDefault(status => status.Text("name") == container)?.Integer("restartCount") is { } count and > 0 ? $"; {Words.Count(count, "restart")}" : "";
    }

    private static string JsonSerializerOf(IEnumerable<string> words) => $"[{string.Join(", ", words.Select(word => $"\"{word}\""))}]";

    [GeneratedRegex("""exec: \\?"([^"\\]+)\\?"|exec \\?"?([^":\\ ]+)""")]
    private static partial Regex Program();
}
