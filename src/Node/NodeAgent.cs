using System.Collections.Concurrent;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;
using Slipway.Node.Cri;
using Slipway.Node.Devices;
using Slipway.Node.Housekeeping;
using Slipway.Node.Images;
using Slipway.Node.Kubelet;
using Slipway.Node.Logs;
using Slipway.Node.Pods;
using Slipway.Node.Probes;
using Slipway.Node.Runtime;
using Slipway.Node.Stats;
using Slipway.Node.Streams;
using Slipway.Node.Volumes;

namespace Slipway.Node;

/// <summary>
/// The node: runs the pods that are bound to it, reports on them, and serves the kubelet's API. It can be ended and
/// started again at any moment: containers go on running and are taken up again.
/// </summary>
public sealed class NodeAgent : IAsyncDisposable
{
    private readonly NodeOptions _options;
    private readonly TimeProvider _clock;
    private readonly IApi _api;
    private readonly ILogger _log;
    private readonly CriClient _cri;
    private readonly MachineCapacity _machine;
    private readonly EventRecorder _events;
    private readonly PodVolumes _volumes;
    private readonly DeviceDrivers _drivers;
    private readonly PodOperations _operations;
    private readonly Prober _prober;
    private readonly ReferenceWatches _watches;
    private readonly ContainerRegister _register = new();
    private readonly Registration _registration;
    private readonly Informer<V1Pod> _pods;
    private readonly Informer<LinkedService> _services;
    private readonly ContainerLogs _logs;
    private readonly PodLogs _podLogs;
    private readonly StreamServer _streams;
    private readonly NodeStats _usage;
    private readonly StatsServer _stats;
    private readonly Housekeeper _housekeeper;
    private readonly PressureRelief _pressure;
    private readonly ConcurrentDictionary<string, (PodWorker Worker, Task Running)> _workers = new();
    private IReadOnlyDictionary<string, RuntimePod> _found = new Dictionary<string, RuntimePod>();
    private CancellationToken _end;

    /// <param name="api">The API, as <c>system:node:…</c>.</param>
    /// <param name="options">Name and places of the node.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logs">Where the node logs.</param>
    public NodeAgent(IApi api, NodeOptions options, TimeProvider clock, ILoggerFactory logs)
    {
        (_api, _options, _clock, _log) = (api, options, clock, logs.CreateLogger<NodeAgent>());
        _cri = new(options.ContainerdSocket);
        _machine = MachineCapacity.OfThisMachine(options.PodsRoot);
        _events = new(api, "kubelet", options.NodeName, clock, _log);
        _services = new(api, NodeKinds.Services, new(), clock, _log);
        var references = new PodReferences(api, new(_services));
        var commands = new ContainerCommands(_cri);
        _prober = new(commands, _events, clock);
        var absence = new RuntimeAbsence(_cri, clock);
        var images = new ImagePuller(_cri, absence, references, _events, clock);
        _podLogs = new(options.LogsRoot, options.SharedLogs, _log);
        _drivers = new(options.PluginsRoot, clock, _log);
        var devices = new PodDevices(api, _drivers, options.PodsRoot, clock);
        _volumes = new(options, references, new(api, clock), new(api), new(images, options.Images), devices);
        _watches = new(api, clock, _log);
        var resolver = options.NameServers.Count > 0 ? new([.. options.NameServers], [], []) : ResolverConfiguration.OfHost(options.ResolvConf);
        if (options.ClusterDns is { } dns)
            resolver = resolver with { Cluster = new(dns, options.ClusterDomain) };
        _operations = new(_cri, api, options, _volumes, devices, _podLogs, references, images, absence, new(commands, clock), resolver, _machine, () => _pods!.List(), _events, clock, _log);
        _registration = new(api, _cri, options, _machine, () => _pressure!.Pressure, _events, clock, _log);
        _pods = new(api, NodeKinds.Pods, new() { FieldSelector = $"spec.nodeName={options.NodeName}" }, clock, _log);
        _pods.OnChange(Changed);
        _logs = new(FindLog, clock);
        _streams = new(_cri, FindContainer, FindSandbox, clock, _log);
        var disk = new PodDisk(_volumes, options.LogsRoot);
        _usage = new(new UsageReader(() => _workers.Values.Select(w => (w.Worker.Pod, w.Worker.State)), _operations, _machine, options.CgroupParent, clock).Read, clock);
        _stats = new(options.NodeName, options.Version, _usage, new(disk, _volumes, _cri, options.PodsRoot, clock), _machine.Cgroups, _prober.Metrics);
        _pressure = new(options, _machine, disk, new(_cri, options.PauseImage, () => _pods!.List().SelectMany(ImageVolumes.ImagesOf), clock, _log), _events, clock, _log);
        _housekeeper = new(() => _workers.Values.Select(w => w.Worker), _operations, new(_cri, options.LogMaxBytes, options.LogMaxFiles, clock, _log), new(_volumes, disk), _pressure, _drivers, options.HousekeepingPeriod, clock, _log);
    }

    /// <summary>Completes when the node is registered and Ready.</summary>
    public Task Ready => _registration.Ready;

    /// <summary>
    /// <list type="number">
    /// <item>Waits for the runtime and reads what it still holds.</item>
    /// <item>Registers the node and watches its pods, each with a worker of its own.</item>
    /// <item>Removes what belongs to pods that are no longer there.</item>
    /// </list>
    /// </summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _end = end.Token;
        var tasks = new List<Task>();
        try
        {
            tasks.Add(_registration.RunAsync(_end));
            tasks.Add(_events.RunAsync(_end));
            await AwaitRuntimeAsync(_end);
            var subscribed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            tasks.Add(new RuntimeEvents(_cri, _register, _clock, _log).RunAsync(() => subscribed.TrySetResult(), _pods.Synced, _end));
            tasks.Add(_services.RunAsync(_end));
            await subscribed.Task.WaitAsync(_end);
            await ReadRuntimeAsync(_end);
            tasks.Add(_pods.RunAsync(_end));
            await _pods.Synced.WaitAsync(_end);
            tasks.Add(RemoveOrphansAsync(_end));
            tasks.Add(_housekeeper.RunAsync(_end));
            await await Task.WhenAny(tasks.Where(t => !t.IsCompletedSuccessfully));
        }
        catch (Exception e) when (cancellation.IsCancellationRequested && e is OperationCanceledException or Grpc.Core.RpcException { StatusCode: Grpc.Core.StatusCode.Cancelled }) { }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(tasks.Concat(_workers.Values.Select(w => w.Running))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Answers a request to the kubelet's API: <c>/containerLogs/{namespace}/{pod}/{container}</c>, <c>/exec</c> and
    /// <c>/attach</c> likewise, <c>/portForward/{namespace}/{pod}</c>, <c>/pods</c>, <c>/runningpods</c>, <c>/stats/summary</c>, <c>/metrics…</c>,
    /// <c>/configz</c>, <c>/logs/…</c>, <c>/healthz…</c>.
    /// </summary>
    public async ValueTask<ApiResponse> HandleAsync(ApiRequest request, CancellationToken cancellation)
    {
        var question = request.PathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? request.PathAndQuery : request.PathAndQuery[..question];
        var query = question < 0 ? "" : request.PathAndQuery[(question + 1)..];
        return path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["containerLogs", var ns, var pod, var container] => await _logs.OpenAsync(KeyOf(ns, pod), Uri.UnescapeDataString(container), query, cancellation),
            ["exec", var ns, var pod, var container] => await _streams.ExecAsync(KeyOf(ns, pod), Uri.UnescapeDataString(container), query, request, cancellation),
            ["attach", var ns, var pod, var container] => await _streams.AttachAsync(KeyOf(ns, pod), Uri.UnescapeDataString(container), query, request, cancellation),
            ["portForward", var ns, var pod] => await _streams.ForwardAsync(KeyOf(ns, pod), query, request, cancellation),
            ["stats" or "metrics", ..] => await _stats.AnswerAsync(path, query, cancellation),
            // As the API has them: what the kubelet tells of its pods is what it has told the API.
            ["pods"] => await _api.SendAsync(new("GET", $"/api/v1/pods?fieldSelector=spec.nodeName%3D{_options.NodeName}"), cancellation),
            ["runningpods"] => await RunningPods.AnswerAsync(_cri, cancellation),
            ["configz"] => KubeletConfiguration.Answer(_options),
            ["logs", ..] => new SystemLogs(_options.SystemLogs).Answer(path["/logs".Length..]),
            ["healthz"] or ["healthz", "ping" or "log" or "syncloop"] => PlainText.Response(200, "ok"),
            _ => PlainText.Response(404, $"{path} is not served by the node"),
        };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _streams.Dispose();
        _usage.Dispose();
        _drivers.Dispose();
        _cri.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Changed(ObjectChange<V1Pod> change)
    {
        if (change.Old is { } old && change.New?.Metadata.Uid != old.Metadata.Uid && _workers.TryGetValue(old.Metadata.Uid, out var former))
            former.Worker.Post(new PodEvent.Gone());
        if (change.New is not { } pod)
            return;
        if (_workers.TryGetValue(pod.Metadata.Uid, out var known))
            known.Worker.Post(pod);
        else if (!_end.IsCancellationRequested)
            StartWorker(pod);
    }

    private void StartWorker(V1Pod pod)
    {
        var uid = pod.Metadata.Uid;
        var state = PodAdoption.StateOf(pod, _found.GetValueOrDefault(uid), (container, attempt, code) => _operations.Message(pod, container, attempt, code), Refusal, _clock.GetUtcNow());
        var worker = new PodWorker(pod, state, _operations, new(_api, pod, _clock, _log), _register, _prober, _watches, new(_options.Address), _clock, _log);
        worker.Register();
        _workers[uid] = (worker, Task.CompletedTask);
        _workers[uid] = (worker, Task.Run(async () =>
        {
            try
            {
                await worker.RunAsync(_end);
                _workers.TryRemove(uid, out _);
            }
            catch (OperationCanceledException) when (_end.IsCancellationRequested) { }
            catch (Exception defect)
            {
                _log.LogError(defect, "The worker of pod {Pod} has ended", pod.Key);
            }
        }, CancellationToken.None));
    }

    private PodFailure? Refusal(V1Pod pod) => PodAdmission.Refusal(pod)
        ?? PodAdmission.Shortage(pod, [.. Others(pod)], new(_machine.Cpus, _machine.MemoryBytes, _machine.StorageBytes, _options.MaxPods));

    // The pods that have been let in and are not done: as the scheduler counts them, or less.
    private IEnumerable<(V1Pod Pod, PodState? State)> Others(V1Pod pod)
    {
        foreach (var other in _pods.List().Where(o => o.Metadata.Uid != pod.Metadata.Uid && o.Status?.Phase is not ("Succeeded" or "Failed")))
        {
            var state = _workers.TryGetValue(other.Metadata.Uid, out var entry) ? entry.Worker.State : null;
            if (state is null ? other.Status?.StartTime is not null : state.Failure is null && !PodPhases.IsDone(other, state))
                yield return (other, state);
        }
    }

    private async Task AwaitRuntimeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await _cri.Runtime.VersionAsync(new(), cancellationToken: cancellation);
                return;
            }
            catch (Grpc.Core.RpcException) when (!cancellation.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), _clock, cancellation);
            }
        }
    }

    private async Task ReadRuntimeAsync(CancellationToken cancellation)
    {
        var rebooted = BootId.HasChanged(Path.Combine(_options.PodsRoot, ".boot-id"));
        var found = await ReadPodsAsync(cancellation);
        foreach (var sandbox in found.Values.SelectMany(p => p.Sandboxes).Where(_ => rebooted))
            sandbox.State = PodSandboxState.SandboxNotready;
        // Its name is needed for the next try; what has been reported of it stays as it was reported.
        foreach (var container in found.Values.SelectMany(p => p.Containers).Where(RuntimePod.NeverStarted))
        {
            try
            {
                await _cri.Runtime.RemoveContainerAsync(new() { ContainerId = container.Id }, cancellationToken: cancellation);
            }
            catch (Grpc.Core.RpcException failure) when (!cancellation.IsCancellationRequested)
            {
                _log.LogWarning("The unfinished container {Id} was not removed: {Reason}", container.Id, failure.Status.Detail);
            }
        }
        _found = found;
    }

    // The runtime may go away meanwhile.
    private async Task<IReadOnlyDictionary<string, RuntimePod>> ReadPodsAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await RuntimePod.ReadAllAsync(_cri, cancellation);
            }
            catch (Grpc.Core.RpcException failure) when (!cancellation.IsCancellationRequested)
            {
                _log.LogWarning("What containerd holds was not read, and is asked for again: {Reason}", failure.Status.Detail);
                await AwaitRuntimeAsync(cancellation);
            }
        }
    }

    private async Task RemoveOrphansAsync(CancellationToken cancellation)
    {
        var directories = Directory.EnumerateDirectories(_options.PodsRoot).Select(d => Path.GetFileName(d)!);
        var orphans = _found.Keys.Concat(directories).Concat(_machine.PodsWithCgroups(_options.CgroupParent)).Distinct().Where(uid => !_workers.ContainsKey(uid)).ToList();
        while (orphans.Count > 0)
        {
            foreach (var uid in orphans.ToList())
            {
                try
                {
                    var logs = _podLogs.Of(uid).FirstOrDefault();
                    await _operations.RemoveSandboxesAsync(uid, logs ?? Path.Combine(_options.LogsRoot, uid), cancellation);
                    await _volumes.RemoveAsync(uid, cancellation);
                    orphans.Remove(uid);
                    _log.LogInformation("Removed what was left of pod {Uid}, which is no longer there", uid);
                }
                catch (Exception failure) when (failure is Grpc.Core.RpcException or IOException or System.ComponentModel.Win32Exception or UnauthorizedAccessException && !cancellation.IsCancellationRequested)
                {
                    _log.LogWarning("What is left of pod {Uid} was not removed, and is tried again: {Reason}", uid, failure.Message);
                }
            }
            await Task.Delay(TimeSpan.FromSeconds(1), _clock, cancellation);
        }
        await Task.Delay(Timeout.InfiniteTimeSpan, _clock, cancellation);
    }

    private static ObjectKey KeyOf(string ns, string pod) => new(ns, Uri.UnescapeDataString(pod));

    private PodState FindState(ObjectKey key) => _pods.Get(key) is { } pod && _workers.TryGetValue(pod.Metadata.Uid, out var entry)
        ? entry.Worker.State
        : throw ApiException.NotFound("", "pods", key.Name);

    private string FindContainer(ObjectKey key, string container) => FindState(key).Container(container) is { Phase: ContainerPhase.Running, Id: var id }
        ? id
        : throw ApiException.Internal($"container not found (\"{container}\"): it does not run");

    private string FindSandbox(ObjectKey key) => FindState(key).Sandbox is { Phase: SandboxPhase.Ready, Id: var id }
        ? id
        : throw ApiException.Internal($"pod \"{key.Name}\" does not run");

    private LogSource FindLog(ObjectKey key, string container, bool previous)
    {
        if (_pods.Get(key) is not { } pod || !_workers.TryGetValue(pod.Metadata.Uid, out var entry))
            throw ApiException.NotFound("", "pods", key.Name);
        if (pod.EveryContainer.All(c => c.Name != container))
            throw ApiException.BadRequest($"container {container} is not valid for pod {key.Name}");
        var record = entry.Worker.State.Container(container);
        if (previous)
        {
            if (record.Restarts == 0)
                throw ApiException.BadRequest($"previous terminated container \"{container}\" in pod \"{key.Name}\" not found");
            return new(_operations.LogFile(pod, container, record.Restarts - 1), () => false);
        }
        if (record.Id.Length == 0)
            throw ApiException.BadRequest($"container \"{container}\" in pod \"{key.Name}\" is waiting to start: {WaitingReason(entry.Worker, pod, container)}");
        var id = record.Id;
        return new(_operations.LogFile(pod, container, record.Restarts),
            () => entry.Worker.State.Container(container) is { Phase: ContainerPhase.Running } now && now.Id == id);
    }

    private string WaitingReason(PodWorker worker, V1Pod pod, string container)
    {
        var spec = pod.EveryContainer.First(c => c.Name == container);
        return PodStatusBuilder.Container(pod, spec, worker.State, _clock.GetUtcNow(), pod.InitContainers.Contains(spec)).State.Waiting?.Reason ?? "ContainerCreating";
    }
}
