using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

/// <summary>A run without a cluster: plans are made, their pods kept, ended and recorded by hand.</summary>
internal sealed class RunSimulation
{
    public const string Digest = "slipway.local/x@sha256:" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly List<AttemptRecord> attempts = [];
    private readonly Dictionary<(string, string), long> learnt = [];
    private readonly List<TaskApproval> approvals = [];

    public RunSimulation(string tasks, string header = "defaults: { image: 'x:1' }")
    {
        var yaml = $"apiVersion: slipway.dev/v1alpha1\nkind: Flow\nmetadata: {{ name: f }}\nspec:\n{Indent(header, 2)}\n  tasks:\n{Indent(tasks, 4)}\n";
        Flow = Parse(yaml);
    }

    public RunSimulation(FlowSpec flow, Dictionary<string, FlowSpec> called)
    {
        Flow = flow;
        Flows = called;
    }

    /// <summary>Adds a flow that tasks can call.</summary>
    public RunSimulation With(string name, string spec)
    {
        Flows[name] = Parse($"apiVersion: slipway.dev/v1alpha1\nkind: Flow\nmetadata: {{ name: {name} }}\nspec:\n{Indent(spec, 2)}\n");
        Assert.Empty(FlowRules.Validate(Flow, new RunDefinition(Flow, Flows)));
        return this;
    }

    private static FlowSpec Parse(string yaml)
    {
        var document = DocumentReader.ParseYaml(yaml)[0];
        Assert.Empty(FlowRules.Validate(document).Select(c => $"{c.Field}: {c.Message}"));
        return System.Text.Json.JsonSerializer.Deserialize(document, KindsJson.Default.Flow)!.Spec;
    }

    public FlowSpec Flow { get; }

    /// <summary>The flows that tasks call.</summary>
    public Dictionary<string, FlowSpec> Flows { get; } = [];

    public DataInterval? Interval { get; init; }

    /// <summary>What pods have left, by hash.</summary>
    private readonly Dictionary<string, string> stored = [];

    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public Dictionary<string, JsonNode?> Params { get; } = [];

    public List<V1Pod> Pods { get; } = [];

    public IReadOnlyList<AttemptRecord> Attempts => attempts;

    public Dictionary<(string Task, string Item), long> Learnt => learnt;

    public Dictionary<(string Task, string Item), long> Enough { get; } = [];

    public bool IsSuspended { get; set; }

    public ITaskDelivery Delivery { get; init; } = TaskDelivery.Node;

    public Dictionary<string, int> LocksHeld { get; } = [];

    public RunStop? Stop { get; set; }

    /// <summary>What the status of the last plan whose pods were started says of waits for people.</summary>
    public FlowRunStatus Status { get; private set; } = new();

    public void Approve(string task, bool approved) =>
        approvals.Add(new TaskApproval { Task = task, Approved = approved, By = "anna", At = Now.UtcDateTime, Message = "fine" });

    public void RecordDecisions() => attempts.AddRange(Plan().Decided);

    public FlowPlan Plan() => FlowPlan.For(View());

    public FlowPlan Plan(string uid) => FlowPlan.For(View(uid));

    public RunView View(string uid = "uid-1") => new()
    {
        Namespace = "default",
        Name = "f-1",
        Uid = uid,
        FlowName = "f",
        Definition = new RunDefinition(Flow, Flows),
        Params = Params,
        Interval = Interval,
        Start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        Pods = [.. Pods],
        Attempts = [.. attempts],
        Memory = new FlowMemory(learnt, Enough),
        IsSuspended = IsSuspended,
        Delivery = Delivery,
        LocksHeld = LocksHeld.ToDictionary(),
        Stop = Stop,
        Waiting = RunWaiting.Of(Status),
        Approvals = [.. approvals],
        Now = Now,
    };

    /// <summary>Plans and starts what is planned; the names of the items started.</summary>
    public List<string> Start()
    {
        var plan = Plan();
        Status = plan.Status;
        foreach (var planned in plan.Create)
        {
            planned.Pod.Metadata.Uid = $"uid-{planned.Pod.Metadata.Name}";
            planned.Pod.Status = new V1PodStatus { Phase = "Pending" };
            Pods.Add(planned.Pod);
        }

        return [.. plan.Create.Select(p => ItemOf(p.Pod))];
    }

    /// <summary>The pod of an item's newest attempt runs.</summary>
    public void Running(string item)
    {
        var pod = Pod(item);
        pod.Status = new V1PodStatus
        {
            Phase = "Running",
            ContainerStatuses = [Container(new V1ContainerState { Running = new V1ContainerStateRunning { StartedAt = Now.UtcDateTime } })],
        };
    }

    /// <summary>The pod of a service's newest attempt runs and is ready.</summary>
    public void Ready(string item)
    {
        Running(item);
        Pod(item).Status.Conditions = [new V1PodCondition { Type = "Ready", Status = "True", LastTransitionTime = Now.UtcDateTime }];
    }

    /// <summary>A pod is deleted, after a note is written on it.</summary>
    public void Ends(V1Pod pod, string? note)
    {
        pod.Metadata.DeletionTimestamp ??= Now.UtcDateTime;
        if (note is not null)
            pod.Metadata.Annotations.TryAdd(FlowNames.StopAnnotation, note);
    }

    /// <summary>The pods that the plan ends, as it says: paths with notes.</summary>
    public List<string> EndPlanned()
    {
        var end = Plan().End;
        foreach (var (pod, note) in end)
            Ends(pod, note);
        return [.. end.Select(e => $"{ItemOf(e.Pod)}: {e.Note}")];
    }

    /// <summary>The pod of an item's newest attempt ends as slipway-task would report, and is recorded.</summary>
    public void End(string item, int exitCode = 0, string reason = "", string[]? files = null, Dictionary<string, string>? values = null, string message = "", string[]? directories = null, Dictionary<string, string[]>? listings = null)
    {
        var outputs = (files ?? []).Select(f => (Name: f, Output: new JsonObject { ["sha256"] = $"sha-{item}-{f}", ["size"] = 1, ["fileName"] = $"{f}.bin" }))
            .Concat((directories ?? []).Select(d => (Name: d, Output: new JsonObject { ["sha256"] = $"sha-{item}-{d}", ["size"] = 1, ["fileName"] = d, ["fileCount"] = 2 })));
        var report = new JsonObject
        {
            ["version"] = 1,
            ["exitCode"] = exitCode,
            ["reason"] = reason,
            ["message"] = message,
            ["start"] = Now,
            ["end"] = Now,
            ["files"] = new JsonObject(outputs.Select(o => KeyValuePair.Create(o.Name, (JsonNode?)o.Output))),
            ["values"] = new JsonObject((values ?? []).Select(v => KeyValuePair.Create(v.Key, (JsonNode?)new JsonObject { ["sha256"] = v.Value, ["size"] = 1 }))),
        };
        var pod = Pod(item);
        pod.Spec.NodeName = "node-1";
        pod.Status = new V1PodStatus
        {
            Phase = exitCode == 0 ? "Succeeded" : "Failed",
            ContainerStatuses = [Container(new V1ContainerState { Terminated = new V1ContainerStateTerminated { ExitCode = exitCode, Message = report.ToJsonString() } })],
        };
        Record(pod, new AttemptSources(TaskReport.Parse(report.ToJsonString()), null, (values ?? []).ToDictionary(v => v.Value, v => v.Value)));
        foreach (var (name, paths) in listings ?? [])
        {
            var listing = new FileListing([.. paths.Select(p => new ListedFile(p, $"sha of {p}", p.Length))]);
            attempts[^1] = attempts[^1] with { Files = new Dictionary<string, FileRecord>(attempts[^1].Files) { [name] = new($"sha of {name}", 1, name, paths.Length) { Listing = listing } } };
        }
    }

    /// <summary>The pod of an item's newest attempt ends in a state that the node gives it, without a report, and is recorded.</summary>
    public void EndWithout(string item, V1PodStatus status)
    {
        Pod(item).Status = status;
        Record(Pod(item), AttemptSources.None);
    }

    /// <summary>The pods whose attempts are not recorded.</summary>
    public List<V1Pod> Live
    {
        get
        {
            var recorded = attempts.SelectMany(a => a.Pods).ToHashSet();
            return [.. Pods.Where(p => !recorded.Contains(p.Metadata.Name))];
        }
    }

    /// <summary>Keeps what a pod leaves; its hash.</summary>
    public Task<string> StoreAsync(byte[] content)
    {
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));
        stored[hash] = Encoding.UTF8.GetString(content);
        return Task.FromResult(hash);
    }

    /// <summary>A pod gets a status; if its attempt is over by that, it is recorded.</summary>
    public void Conclude(V1Pod pod, V1PodStatus status)
    {
        pod.Status = status;
        if (!AttemptReader.IsEnded(pod, Now))
            return;
        pod.Spec.NodeName ??= "node-1";
        if (FlowNames.GangOf(pod) is not { } name)
        {
            Record(pod, SourcesOf(pod));
            return;
        }

        var gang = Pods.Where(p => FlowNames.GangOf(p) == name).ToList();
        if (GangState.Of(gang, Now).IsEnded)
            RecordGang(gang, null);
    }

    /// <summary>Records an attempt that is given up.</summary>
    public void Record(HopelessPod hopeless)
    {
        if (FlowNames.GangOf(hopeless.Pod) is null)
            Record(hopeless.Pod, AttemptSources.None, hopeless);
        else
            RecordGang(hopeless.Others.Prepend(hopeless.Pod), hopeless);
    }

    private AttemptSources SourcesOf(V1Pod pod)
    {
        var report = TaskReport.Parse(AttemptReader.Termination(pod)?.Message);
        return new AttemptSources(report, null, (report?.Values ?? new Dictionary<string, FileRecord>()).Values.Select(v => v.Sha256).Distinct().ToDictionary(h => h, h => stored.GetValueOrDefault(h, h)));
    }

    /// <summary>The pods of an item's newest attempt, by replica.</summary>
    public List<V1Pod> Replicas(string item)
    {
        var gang = FlowNames.GangOf(Pod(item));
        return [.. Pods.Where(p => FlowNames.GangOf(p) == gang).OrderBy(p => PodIdentity.Of(p)!.Replica)];
    }

    /// <summary>A replica of an item's newest attempt ends; with the last one the attempt is recorded.</summary>
    public void EndReplica(string item, int replica, int exitCode = 0, double? cpuSeconds = null, long? peak = null, Dictionary<string, string>? values = null)
    {
        var report = new JsonObject
        {
            ["version"] = 1,
            ["exitCode"] = exitCode,
            ["reason"] = exitCode == 0 ? "" : "Error",
            ["start"] = Now,
            ["end"] = Now,
            ["cpuSeconds"] = cpuSeconds,
            ["peakMemoryBytes"] = peak,
            ["values"] = new JsonObject((values ?? []).Select(v => KeyValuePair.Create(v.Key, (JsonNode?)new JsonObject { ["sha256"] = v.Value, ["size"] = 1 }))),
        };
        End(Replicas(item)[replica], exitCode, report.ToJsonString(), null);
    }

    /// <summary>A replica ends that was deleted.</summary>
    public void Deleted(V1Pod pod, int exitCode, V1PodCondition? why = null)
    {
        pod.Metadata.DeletionTimestamp ??= Now.UtcDateTime;
        End(pod, exitCode, null, why);
    }

    private void End(V1Pod pod, int exitCode, string? report, V1PodCondition? condition)
    {
        Conclude(pod, new V1PodStatus
        {
            Phase = exitCode == 0 ? "Succeeded" : "Failed",
            Conditions = condition is null ? null : [condition],
            ContainerStatuses = [Container(new V1ContainerState { Terminated = new V1ContainerStateTerminated { ExitCode = exitCode, Message = report } })],
        });
    }

    /// <summary>Records the attempt of replicas.</summary>
    public void RecordGang(IEnumerable<V1Pod> pods, HopelessPod? hopeless)
    {
        var members = pods.Select(p =>
        {
            return (p, AttemptReader.Read(p, new RunDefinition(Flow, Flows), "f-1", SourcesOf(p), Now, hopeless?.Pod == p ? hopeless : null)!);
        }).ToList();
        attempts.Add(GangRecord.Of(members, hopeless, r => FlowNames.Pod("f-1", "uid-1", members[0].Item2.Path, members[0].Item2.Number, r)));
    }

    public void Record(V1Pod pod, AttemptSources sources, HopelessPod? hopeless = null)
    {
        var attempt = AttemptReader.Read(pod, new RunDefinition(Flow, Flows), "f-1", sources, Now, hopeless)!;
        attempts.Add(attempt with { Files = attempt.Files.ToDictionary(f => f.Key, f => f.Value.IsDirectory && stored.TryGetValue(f.Value.Sha256, out var manifest) ? f.Value with { Listing = FileListing.Of(DirectoryManifest.Parse(Encoding.UTF8.GetBytes(manifest))) } : f.Value) });
    }

    public V1Pod Pod(string item) => Pods.Last(p => ItemOf(p) == item);

    public static string ItemOf(V1Pod pod) => PodIdentity.Of(pod)?.Path.Text ?? "(image)";

    public static string[] Command(V1Pod pod) => [.. pod.Spec.Containers[0].Command.SkipWhile(c => c != "--").Skip(1)];

    public static string? Env(V1Pod pod, string name) => pod.Spec.Containers[0].Env.FirstOrDefault(e => e.Name == name)?.Value;

    private static V1ContainerStatus Container(V1ContainerState state) => new() { Name = FlowNames.Container, ImageID = Digest, Image = "x:1", State = state };

    private static string Indent(string text, int count)
    {
        var lines = new StringBuilder();
        foreach (var line in text.Split('\n'))
            lines.Append(' ', count).Append(line).Append('\n');
        return lines.ToString();
    }
}
