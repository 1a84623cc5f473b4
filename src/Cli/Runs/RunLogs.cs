using System.Text;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;
using Slipway.Flows;

namespace Slipway.Cli.Runs;

/// <summary>The logs of a run's pods: one after the other, or as they come.</summary>
/// <param name="connection">The API.</param>
/// <param name="context">Where to print.</param>
/// <param name="run">Name of the run.</param>
/// <param name="only">The task or item asked for; everything if null.</param>
internal sealed class RunLogs(ApiConnection connection, CliContext context, string run, LoggedTask? only)
{
    private static readonly UTF8Encoding PlainUtf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Lock printing = new();

    /// <summary>Prints what there is; with <paramref name="follow"/>, also what comes until the run has ended.</summary>
    /// <exception cref="CommandException">There is no such run or task.</exception>
    public async Task PrintAsync(bool follow, CancellationToken cancellation)
    {
        // Of one that is deleted there is only what is kept.
        if (follow && await connection.Api.GetAsync(FlowKinds.Runs, connection.Namespace, run, cancellation) is not null)
        {
            await FollowAsync(cancellation);
            return;
        }
        var entries = await EntriesAsync(cancellation);
        var printed = 0;
        foreach (var entry in entries)
        {
            // A node that is gone has taken the pod's log with it, but not what was kept of it.
            var isPrinted = entry.Pod is { } pod && await CopyAsync(pod, entries.Count > 1, cancellation);
            if (!isPrinted) isPrinted = await PrintKeptAsync(entry.Path, entry.Number, entries.Count > 1, cancellation) || entry.Pod is not null;
            if (isPrinted) printed++;
        }
        if (printed == 0) throw await AbsentAsync(cancellation);
    }

    /// <summary>An attempt that may have written something.</summary>
    /// <param name="Start">When its command started, as text that sorts; that of one which has not comes last.</param>
    /// <param name="Path">Where in the run.</param>
    /// <param name="Number">Number of the attempt.</param>
    /// <param name="Pod">Its pod; null if that is gone.</param>
    private sealed record Entry(string Start, TaskPath Path, int Number, V1Pod? Pod);

    /// <summary>The attempts, those with pods and those without, in the order in which they started.</summary>
    private async Task<List<Entry>> EntriesAsync(CancellationToken cancellation)
    {
        const string never = "9999";
        var pods = (await connection.Api.ListAsync(FlowKinds.Pods, connection.Namespace, Selected, cancellation)).Items.Where(IsAskedFor).ToDictionary(p => p.Metadata.Name);
        var entries = new List<Entry>();
        foreach (var attempt in (await new LedgerClient(connection).FindAsync(run, cancellation))?["attempts"]?.AsArray() ?? [])
        {
            if ((string?)attempt!["pod"] is not { Length: > 0 } name || TaskPath.TryParse((string?)attempt["path"]) is not { } path || only?.Covers(path, (int)attempt["attempt"]!) == false) continue;
            pods.Remove(name, out var pod);
            entries.Add(new((string?)attempt["startTime"] ?? never, path, (int)attempt["attempt"]!, pod));
        }
        foreach (var pod in pods.Values.Where(p => PodIdentity.Of(p) is not null))
        {
            var (path, number) = (PodIdentity.Of(pod)!.Path, PodIdentity.Of(pod)!.Attempt);
            var state = pod.Status?.ContainerStatuses?.FirstOrDefault(c => c.Name == FlowNames.Container)?.State;
            var start = state?.Running?.StartedAt ?? state?.Terminated?.StartedAt ?? pod.Metadata.CreationTimestamp;
            entries.Add(new(start?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture) ?? never, path, number, pod));
        }
        return [.. entries.OrderBy(e => e.Start, StringComparer.Ordinal).ThenBy(e => e.Path.Text, StringComparer.Ordinal).ThenBy(e => e.Number)];
    }

    // Pods come one by one; each is followed from when its command has started, and the run's end ends the watch.
    private async Task FollowAsync(CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var copies = new Dictionary<string, FollowedPod>();
        var pods = WatchPodsAsync(copies, ended.Token, cancellation);
        await foreach (var _ in new ObjectFollower<FlowRun>(FlowKinds.Runs, "run", connection, context.Clock).FollowAsync(run, r => FlowPhase.IsFinal(r.Status?.Phase), cancellation)) { }
        foreach (var pod in (await connection.Api.ListAsync(FlowKinds.Pods, connection.Namespace, Selected, cancellation)).Items)
            Start(copies, pod, cancellation);
        await ended.CancelAsync();
        await pods.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        FollowedPod[] followed;
        lock (copies) followed = [.. copies.Values];
        await Task.WhenAll(followed.Select(f => f.Copied));
        await PrintUnfollowedAsync([.. followed.Where(f => f.HasLines).Select(f => f.Of)], cancellation);
    }

    /// <summary>What is kept of attempts whose pods, or their nodes, went before anybody followed them.</summary>
    private async Task PrintUnfollowedAsync(HashSet<(string Path, int Number)> followed, CancellationToken cancellation)
    {
        var entries = await NamedRun.IfAllowedAsync(async () => await EntriesAsync(cancellation)) ?? [];
        var printed = followed.Count;
        foreach (var entry in entries.Where(e => !followed.Contains((e.Path.Text, e.Number))))
            if (await PrintKeptAsync(entry.Path, entry.Number, tagged: true, cancellation) || entry.Pod is not null) printed++;
        if (printed == 0 && only is not null) throw await AbsentAsync(cancellation);
    }

    private async Task WatchPodsAsync(Dictionary<string, FollowedPod> copies, CancellationToken ended, CancellationToken cancellation)
    {
        while (!ended.IsCancellationRequested)
        {
            try
            {
                await foreach (var change in connection.Api.WatchAsync(FlowKinds.Pods, connection.Namespace, new WatchOptions { Select = Selected, InitialEvents = true }, null, ended))
                    if (change.Object is { } pod && change.Type != WatchEventType.Deleted) Start(copies, pod, cancellation);
            }
            catch (Exception e) when (e is IOException || e is ApiException { Code: 410 or >= 500 })
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250), context.Clock, ended);
            }
        }
    }

    /// <summary>A pod whose log is followed: step by step, each from when it has started.</summary>
    private sealed class FollowedPod
    {
        public required (string Path, int Number) Of { get; init; }

        public HashSet<string> Containers { get; } = [];

        public Task Copied { get; set; } = Task.CompletedTask;

        public bool HasLines { get; set; }
    }

    private void Start(Dictionary<string, FollowedPod> copies, V1Pod pod, CancellationToken cancellation)
    {
        if (!IsAskedFor(pod) || PodIdentity.Of(pod) is not { } identity) return;
        foreach (var container in Containers(pod).Where(c => HasStarted(pod, c)))
        {
            lock (copies)
            {
                if (!copies.TryGetValue(pod.Metadata.Uid, out var followed)) copies[pod.Metadata.Uid] = followed = new() { Of = (identity.Path.Text, identity.Attempt) };
                if (followed.Containers.Add(container)) followed.Copied = CopyAfterAsync(followed.Copied, followed, pod, container, cancellation);
            }
        }
    }

    private async Task CopyAfterAsync(Task earlier, FollowedPod followed, V1Pod pod, string container, CancellationToken cancellation)
    {
        await earlier;
        followed.HasLines |= await CopyAsync(pod, container, follow: true, tagged: true, cancellation);
    }

    private ListOptions Selected => new() { LabelSelector = $"{FlowNames.RunLabel}={run}" };

    private bool IsAskedFor(V1Pod pod) => PodIdentity.Of(pod) is { } identity && (only is null || only.Covers(identity.Path, identity.Attempt));

    /// <summary>Those of the steps of a task in their order, or that of its command.</summary>
    private static IEnumerable<string> Containers(V1Pod pod) => (pod.Spec.InitContainers ?? []).Select(c => c.Name).Where(FlowNames.IsStep).Append(FlowNames.Container);

    private static bool HasStarted(V1Pod pod, string container) =>
        (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? []).FirstOrDefault(c => c.Name == container)?.State is { } state
        && (state.Running ?? (object?)state.Terminated) is not null;

    /// <summary>The steps of a task one after the other, or its command; whether there was any line.</summary>
    private async Task<bool> CopyAsync(V1Pod pod, bool tagged, CancellationToken cancellation)
    {
        var found = false;
        foreach (var container in Containers(pod)) found |= await CopyAsync(pod, container, follow: false, tagged, cancellation);
        return found;
    }

    private async Task<bool> CopyAsync(V1Pod pod, string container, bool follow, bool tagged, CancellationToken cancellation)
    {
        var path = $"{FlowKinds.Pods.ObjectPath(connection.Namespace, pod.Metadata.Name)}/log?container={container}{(follow ? "&follow=true" : "")}";
        await using var response = await connection.Api.SendAsync(new ApiRequest("GET", path) { Accept = "*/*" }, cancellation);
        if (!response.IsSuccess)
        {
            // A pod that never ran has no log; that it failed is told by the run.
            if (response.StatusCode is 400 or 404) return false;
            throw await StatusReader.ReadAsync(response, cancellation);
        }
        return await CopyAsync(response, tagged ? Tag(pod) : null, cancellation);
    }

    private async Task<bool> CopyAsync(ApiResponse response, string? tag, CancellationToken cancellation)
    {
        // What a task writes is no file with a mark of its encoding in front, though it may begin with one that it has read.
        using var lines = new StreamReader(response.Stream ?? new MemoryStream(response.Body.ToArray()), PlainUtf8, detectEncodingFromByteOrderMarks: false);
        var found = false;
        while (await lines.ReadLineAsync(cancellation) is { } line)
        {
            found = true;
            Print(tag, line);
        }
        return found;
    }

    private void Print(string? tag, string line)
    {
        lock (printing) context.Out.WriteLine(tag is null ? line : $"{tag} | {line}");
    }

    private async Task<bool> PrintKeptAsync(TaskPath path, int number, bool tagged, CancellationToken cancellation)
    {
        if (await new LedgerClient(connection).OpenLogAsync(run, path.Text, number, cancellation) is not { } response) return false;
        await using (response)
        {
            var tag = tagged ? Tag(path, number) : null;
            if (response.Headers.Any(h => h.Key.Equals("Warning", StringComparison.OrdinalIgnoreCase))) Print(tag, "… what was written before this is not kept");
            await CopyAsync(response, tag, cancellation);
        }
        return true;
    }

    private static string Tag(V1Pod pod)
    {
        if (PodIdentity.Of(pod) is not { } identity) return pod.Metadata.Name;
        return Tag(identity.Path, identity.Attempt) + (identity.Replica is { } replica ? $" replica {replica}" : "");
    }

    private static string Tag(TaskPath path, int attempt) => attempt == 1 ? path.Text : $"{path}#{attempt}";

    private async Task<CommandException> AbsentAsync(CancellationToken cancellation)
    {
        if (await new LedgerClient(connection).FindAsync(run, cancellation) is null && await connection.Api.GetAsync(FlowKinds.Runs, connection.Namespace, run, cancellation) is null)
            return await NamedRun.AbsentAsync(connection, run, cancellation);
        return new(only is null
            ? $"no pod of run {run} is left, and no log of it is kept; \"slipway runs show {run}\" shows its record"
            : $"run {run} has no pod of task \"{only}\"{NearestName.Hint(only.Path.Task, await TasksAsync(cancellation))}; \"slipway runs show {run}\" lists its tasks");
    }

    private async Task<IEnumerable<string>> TasksAsync(CancellationToken cancellation)
    {
        var live = (await connection.Api.GetAsync(FlowKinds.Runs, connection.Namespace, run, cancellation))?.Status?.Tasks?.Select(t => t.Name) ?? [];
        var recorded = (await new LedgerClient(connection).FindAsync(run, cancellation))?["attempts"]?.AsArray().Select(a => (string)a!["task"]!) ?? [];
        return live.Concat(recorded).Where(t => t != only?.Path.Task).Distinct();
    }
}
