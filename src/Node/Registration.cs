using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;
using Slipway.Node.Cri;
using Slipway.Node.Housekeeping;
using Slipway.Node.Images;
using Slipway.Node.Runtime;

namespace Slipway.Node;

/// <summary>Keeps the Node object: makes it, tells that it is Ready, and renews its lease. What turns is told in events, as kubelets do.</summary>
internal sealed class Registration(IApi api, CriClient cri, NodeOptions options, MachineCapacity machine, Func<NodePressure> pressure, EventRecorder events, TimeProvider clock, ILogger log)
{
    private const string LeaseNamespace = "kube-node-lease";
    private static readonly TimeSpan LeaseRenewal = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMinutes(5);

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, (string Status, DateTimeOffset Since)> _transitions = [];
    private Dictionary<string, string> _told = [];
    private string _reported = "";
    private DateTimeOffset _reportedAt;

    /// <summary>Completes when the API has been told that the node is Ready.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Registers, then reports until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await RetryAsync("registering the node", () => RegisterAsync(cancellation), cancellation);
        Tell("Starting", "Starting kubelet.");
        while (true)
        {
            var isReady = false;
            await RetryAsync("reporting the node's status", async () => isReady = await ReportAsync(cancellation), cancellation);
            if (isReady)
                _ready.TrySetResult();
            // Until the runtime and its network are there, nothing else matters.
            if (isReady)
                await RenewLeaseAsync(cancellation);
            await Task.Delay(isReady ? LeaseRenewal : TimeSpan.FromMilliseconds(20), clock, cancellation);
        }
    }

    private async Task RegisterAsync(CancellationToken cancellation)
    {
        var node = new V1Node
        {
            Metadata = new() { Name = options.NodeName, Labels = LabelsOf(options.NodeName) },
            Spec = new(),
        };
        if (!await api.CreateIfAbsentAsync(NodeKinds.Nodes, node, cancellation))
        {
            var labels = new JsonObject([.. node.Metadata.Labels.Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value))]);
            await api.SendPatchAsync(NodeKinds.Nodes, null, options.NodeName, new JsonObject { ["metadata"] = new JsonObject { ["labels"] = labels } }, cancellation: cancellation);
        }
        var created = await api.GetAsync(NodeKinds.Nodes, null, options.NodeName, cancellation);
        // Lists the CSI drivers of the node, of which it has none beside its own for inline volumes; goes with the node.
        var storage = new V1CSINode
        {
            Metadata = new()
            {
                Name = options.NodeName,
                OwnerReferences = [new() { ApiVersion = "v1", Kind = "Node", Name = options.NodeName, Uid = created?.Metadata.Uid ?? "" }],
            },
            Spec = new() { Drivers = [] },
        };
        await api.CreateIfAbsentAsync(NodeKinds.StorageNodes, storage, cancellation);
    }

    /// <summary>The labels that every node has.</summary>
    internal static Dictionary<string, string> LabelsOf(string node) => new()
    {
        ["kubernetes.io/hostname"] = node,
        ["kubernetes.io/os"] = "linux",
        ["kubernetes.io/arch"] = Architecture,
        // Deprecated names, which Kubernetes still keeps and older charts select by.
        ["beta.kubernetes.io/os"] = "linux",
        ["beta.kubernetes.io/arch"] = Architecture,
    };

    private async Task<bool> ReportAsync(CancellationToken cancellation)
    {
        var (isReady, message, runtime, images) = await ConditionAsync(cancellation);
        var now = clock.GetUtcNow();
        var shortage = pressure();
        var summary = $"{isReady} {message} {shortage.Memory} {shortage.Disk} {string.Join(' ', images.SelectMany(i => i.Names))}";
        if (summary == _reported && now - _reportedAt < Heartbeat && !await IsGivenUpAsync(cancellation))
            return isReady;
        var resources = new Dictionary<string, ResourceQuantity>
        {
            ["cpu"] = new(machine.Cpus.ToString(CultureInfo.InvariantCulture)),
            ["memory"] = new($"{machine.MemoryBytes / 1024:0}Ki"),
            ["ephemeral-storage"] = new($"{machine.StorageBytes / 1024:0}Ki"),
            ["pods"] = new(options.MaxPods.ToString(CultureInfo.InvariantCulture)),
        };
        var status = new V1NodeStatus
        {
            Capacity = resources,
            Allocatable = resources,
            Addresses = [new() { Address = options.Address, Type = "InternalIP" }, new() { Address = options.NodeName, Type = "Hostname" }],
            Conditions =
            [
                shortage.Memory ? Condition("MemoryPressure", true, "KubeletHasInsufficientMemory", "kubelet has insufficient memory available", now)
                    : Condition("MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available", now),
                shortage.Disk ? Condition("DiskPressure", true, "KubeletHasDiskPressure", "kubelet has disk pressure", now)
                    : Condition("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure", now),
                Condition("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available", now),
                Condition("Ready", isReady, isReady ? "KubeletReady" : "KubeletNotReady", message, now),
            ],
            Images = images,
            DaemonEndpoints = new() { KubeletEndpoint = new() { Port = options.KubeletPort } },
            NodeInfo = new()
            {
                Architecture = Architecture,
                OperatingSystem = "linux",
                BootID = Line("/proc/sys/kernel/random/boot_id"),
                MachineID = Line("/etc/machine-id"),
                SystemUUID = Line("/etc/machine-id"),
                KernelVersion = Line("/proc/sys/kernel/osrelease"),
                OsImage = OsImage(),
                ContainerRuntimeVersion = $"containerd://{runtime}",
                KubeletVersion = options.Version,
                KubeProxyVersion = options.Version,
            },
        };
        var document = NodeKinds.Nodes.ToDocument(new() { Status = status })["status"]!.DeepClone().AsObject();
        await api.PatchStatusAsync(NodeKinds.Nodes, null, options.NodeName, document, cancellation);
        (_reported, _reportedAt) = (summary, now);
        var conditions = status.Conditions.ToDictionary(condition => condition.Type, condition => condition.Status);
        foreach (var reason in NodeConditionEvents.Between(_told, conditions))
            Tell(reason, $"Node {options.NodeName} status is now: {reason}");
        _told = conditions;
        return isReady;
    }

    // Kubelets tell of their node under its name as its UID: there kubectl describe looks for it.
    private void Tell(string reason, string message) => events.Normal(
        new V1Node { ApiVersion = "v1", Kind = "Node", Metadata = new() { Name = options.NodeName, Uid = options.NodeName } }, reason, message);

    // After a silence that was too long others say that the node's state is unknown, until it is told again.
    private async Task<bool> IsGivenUpAsync(CancellationToken cancellation) =>
        await api.GetAsync(NodeKinds.Nodes, null, options.NodeName, cancellation) is { } node
        && node.Status?.Conditions?.FirstOrDefault(c => c.Type == "Ready")?.Status is null or "Unknown";

    private async Task<(bool IsReady, string Message, string RuntimeVersion, IList<V1ContainerImage> Images)> ConditionAsync(CancellationToken cancellation)
    {
        try
        {
            var version = (await cri.Runtime.VersionAsync(new(), cancellationToken: cancellation)).RuntimeVersion;
            var conditions = (await cri.Runtime.StatusAsync(new(), cancellationToken: cancellation)).Status.Conditions;
            var missing = conditions.FirstOrDefault(c => !c.Status && c.Type is "RuntimeReady" or "NetworkReady" && !c.Status);
            if (missing is not null)
                return (false, $"container runtime: {missing.Type}=false: {missing.Message}", version, []);
            var images = (await cri.Images.ListImagesAsync(new(), cancellationToken: cancellation)).Images;
            return (true, "kubelet is posting ready status", version, ReportedImages.Of(images));
        }
        catch (Grpc.Core.RpcException failure) when (!cancellation.IsCancellationRequested)
        {
            return (false, $"container runtime is down: {failure.Status.Detail}", "", []);
        }
    }

    private V1NodeCondition Condition(string type, bool value, string reason, string message, DateTimeOffset now)
    {
        var status = value ? "True" : "False";
        if (!_transitions.TryGetValue(type, out var last) || last.Status != status)
            _transitions[type] = last = (status, now);
        return new() { Reason = reason, Message = message, LastHeartbeatTime = now.UtcDateTime, LastTransitionTime = last.Since.UtcDateTime, Status = status, Type = type };
    }

    private async Task RenewLeaseAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        try
        {
            var patch = new JsonObject { ["spec"] = new JsonObject { ["renewTime"] = now.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture) } };
            await api.SendPatchAsync(NodeKinds.Leases, LeaseNamespace, options.NodeName, patch, cancellation: cancellation);
        }
        catch (ApiException missing) when (missing.Code == 404)
        {
            var lease = new V1Lease
            {
                Metadata = new() { Name = options.NodeName, NamespaceProperty = LeaseNamespace },
                Spec = new() { HolderIdentity = options.NodeName, LeaseDurationSeconds = 40, RenewTime = now },
            };
            try
            {
                await api.CreateIfAbsentAsync(NodeKinds.Leases, lease, cancellation);
            }
            catch (Exception failure) when (failure is ApiException or IOException)
            {
                log.LogDebug("The node's lease was not made: {Reason}", failure.Message); // its namespace may come later
            }
        }
        catch (Exception failure) when (failure is ApiException or IOException)
        {
            log.LogWarning("The node's lease was not renewed: {Reason}", failure.Message);
        }
    }

    private async Task RetryAsync(string what, Func<Task> work, CancellationToken cancellation)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                await work();
                return;
            }
            catch (Exception failure) when (failure is ApiException or IOException)
            {
                log.LogWarning("{What} failed and is retried: {Reason}", what, failure.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(10_000, 20 << Math.Min(failures, 10))), clock, cancellation);
            }
        }
    }

    private static string Architecture => System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        _ => "amd64",
    };

    private static string Line(string file) => File.Exists(file) ? File.ReadAllText(file).Trim() : "";

    private static string OsImage() => File.Exists("/etc/os-release")
        ? File.ReadLines("/etc/os-release").FirstOrDefault(l => l.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))?["PRETTY_NAME=".Length..].Trim('"') ?? "Linux"
        : "Linux";
}
