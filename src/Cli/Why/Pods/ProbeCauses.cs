using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Pods;

/// <summary>What probes say of a container, and why they fail.</summary>
internal static partial class ProbeCauses
{
    // For how long a node may not tell again what it has told already.
    private static readonly TimeSpan Rarely = TimeSpan.FromMinutes(30);

    /// <summary>Why a container that runs is not ready.</summary>
    public static IEnumerable<Cause> NotReady(Inquiry inquiry, JsonObject pod, string container, string label, JsonObject running, Declaration declared)
    {
        var spec = ContainerCauses.Declared(pod, container) ?? [];
        var starting = (pod.Object("status")?.Objects("containerStatuses") ?? []).Concat(pod.Object("status")?.Objects("initContainerStatuses") ?? []).FirstOrDefault(status => status.Text("name") == container)?.Boolean("started") == false;
        var kind = starting && spec.Object("startupProbe") is not null ? "startup" : "readiness";
        if (spec.Object($"{kind}Probe") is not { } probe)
            yield break;
        var failed = Failures(inquiry, pod, container, kind).FirstOrDefault();
        if (failed is null)
        {
            yield return new Cause($"{label} runs, and its {kind} probe has not succeeded yet")
            {
                Evidence = [$"it runs for {Words.Span(inquiry.Now - (Meta.ParseTime(running.Text("startedAt")) ?? inquiry.Now))}; the probe is made every {probe.Integer("periodSeconds") ?? 10}s, first after {probe.Integer("initialDelaySeconds") ?? 0}s"],
            };
            yield break;
        }
        yield return new Cause($"{label} runs, but its {kind} probe fails") { Because = [Why(inquiry, pod, container, kind, probe, failed, declared, previous: false)] };
    }

    /// <summary>Why a container that is well is not looked after: its liveness probe cannot be made, which counts neither for it nor against it.</summary>
    public static IEnumerable<Cause> NotMade(Inquiry inquiry, JsonObject pod, string container, string label, Declaration declared)
    {
        if (ContainerCauses.Declared(pod, container)?.Object("livenessProbe") is { } probe
            && Failures(inquiry, pod, container, "liveness").FirstOrDefault(e => e.Message.Contains("probe errored", StringComparison.Ordinal) && e.Last >= inquiry.Now - Rarely) is { } failed)
            yield return new Cause($"{label} runs, but its liveness probe finds nothing out") { Because = [Why(inquiry, pod, container, "liveness", probe, failed, declared, previous: false)] };
    }

    /// <summary>The probe for whose failure a container was ended; null when it ended otherwise.</summary>
    public static (string Kind, Cause Cause)? Killed(Inquiry inquiry, JsonObject pod, string container, JsonObject ended, Declaration declared)
    {
        foreach (var kind in (string[])["liveness", "startup"])
        {
            if (ContainerCauses.Declared(pod, container)?.Object($"{kind}Probe") is not { } probe)
                continue;
            var killed = inquiry.Events(pod).Any(e => e.Reason == "Killing" && e.IsAbout(container) && e.Message.Contains($"failed {kind} probe", StringComparison.Ordinal) && IsTold(e, ended));
            if (killed && Failures(inquiry, pod, container, kind).FirstOrDefault() is { } failed)
                return (kind, Why(inquiry, pod, container, kind, probe, failed, declared, previous: true));
        }
        return null;
    }

    /// <summary>
    /// Whether an event that a node tells of an end is of this one, or of one before it that was alike: what repeats is told of more and more rarely.
    /// </summary>
    /// <param name="e">The event.</param>
    /// <param name="ended">The container's state <c>terminated</c>.</param>
    public static bool IsTold(Event e, JsonObject ended)
    {
        var began = Meta.ParseTime(ended.Text("startedAt")) ?? DateTimeOffset.MinValue;
        // Times of events and of containers are whole seconds.
        return e.Last >= began.AddSeconds(-1) || (ended.Integer("exitCode") is 137 or 143 && e.Last >= began - Rarely);
    }

    private static IEnumerable<Event> Failures(Inquiry inquiry, JsonObject pod, string container, string kind) =>
        inquiry.Events(pod).Where(e => e.Reason == "Unhealthy" && e.IsAbout(container) && e.Message.StartsWith($"{kind} probe", StringComparison.OrdinalIgnoreCase));

    private static Cause Why(Inquiry inquiry, JsonObject pod, string container, string kind, JsonObject probe, Event failed, Declaration declared, bool previous)
    {
        var path = $"{Declaration.Container(pod, container)}.{kind}Probe";
        var said = failed.Message;
        IReadOnlyList<string> evidence = [failed.Text(inquiry.Now), .. previous ? [] : LogTail.Evidence(inquiry, pod, container, previous: false)];
        var http = probe.Object("httpGet");
        var port = (http ?? probe.Object("tcpSocket") ?? probe.Object("grpc"))?["port"];
        var shown = port?.AsText() ?? port?.ToJsonString() ?? "";
        var action = http is not null ? "httpGet" : probe.Object("grpc") is not null ? "grpc" : "tcpSocket";
        var ports = (ContainerCauses.Declared(pod, container)?.Objects("ports") ?? []).Select(p => (Number: p.Integer("containerPort"), Name: p.Text("name"))).ToList();

        if (Status().Match(said) is { Success: true } status)
        {
            var code = status.Groups[1].Value;
            var what = $"The container answers {code} to GET {http?.Text("path") ?? "/"} on port {shown}";
            return code switch
            {
                "404" => new Cause($"{what}: it has no such page") { Evidence = evidence, Remedy = declared.Change("Probe a path that the program serves", $"{path}.httpGet.path", "PATH") },
                "401" or "403" => new Cause($"{what}: the probe is not let in") { Evidence = evidence, Remedy = declared.Change("Probe a path that needs no login", $"{path}.httpGet.path", "PATH") },
                "400" when (http?.Text("scheme") ?? "HTTP") == "HTTP" => new Cause($"{what}, as servers do that expect HTTPS") { Evidence = evidence, Remedy = declared.Change("If the port speaks TLS, probe it so", $"{path}.httpGet.scheme", "HTTPS") },
                _ => new Cause(what) { Evidence = evidence, Remedy = new($"The program itself says that it is not well: see its log") { Command = $"kubectl logs {pod.Name} -c {container} -n {pod.Namespace}" } },
            };
        }
        if (said.Contains("refused", StringComparison.OrdinalIgnoreCase) || said.Contains("failed to connect", StringComparison.OrdinalIgnoreCase))
        {
            var other = ports.Find(p => p.Number is { } number && number.ToString(CultureInfo.InvariantCulture) != shown && p.Name != shown);
            return new Cause($"Nothing listens on port {shown}, which the probe asks")
            {
                Evidence = [.. evidence, .. other.Number is { } declaredPort ? [$"the container declares port {declaredPort}"] : Array.Empty<string>()],
                Remedy = other.Number is { } better
                    ? declared.Change("Probe the port that the program listens on", $"{path}.{action}.port", other.Name ?? better.ToString(CultureInfo.InvariantCulture))
                    : declared.Change($"Probe the port that the program listens on; if it only takes longer to start, {(kind == "startup" ? "raise the probe's failureThreshold" : "give it a startupProbe")}", $"{path}.{action}.port", "PORT"),
            };
        }
        if (said.Contains("timeout", StringComparison.OrdinalIgnoreCase) || said.Contains("timed out", StringComparison.OrdinalIgnoreCase) || said.Contains("no answer within", StringComparison.Ordinal) || said.Contains("deadline exceeded", StringComparison.OrdinalIgnoreCase))
        {
            var seconds = probe.Integer("timeoutSeconds") ?? 1;
            return new Cause($"The probe's answer takes longer than {seconds}s")
            {
                Evidence = evidence,
                Remedy = declared.Change("Give it more time, if the program is well", $"{path}.timeoutSeconds", (seconds * 5).ToString(CultureInfo.InvariantCulture)),
            };
        }
        if (said.Contains("probe errored", StringComparison.Ordinal))
            return new Cause("The probe itself cannot be made") { Evidence = evidence, Remedy = declared.Change("Correct the probe", path, null) };
        if (probe.Object("exec") is { } exec)
        {
            return new Cause($"The probe's command fails: {string.Join(' ', (exec.Array("command") ?? []).Select(word => word.AsText()))}")
            {
                Evidence = evidence,
                Remedy = declared.Change("Correct the command, or what it finds wrong", $"{path}.exec.command", null),
            };
        }
        return new Cause($"The probe of port {shown} fails") { Evidence = evidence, Remedy = declared.Change("Correct the probe, or what it finds wrong", path, null) };
    }

    [GeneratedRegex(@"statuscode: (\d+)")]
    private static partial Regex Status();
}
