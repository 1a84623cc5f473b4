using System.Text.Json;
using Grpc.Core;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;
using Slipway.Node.Cri;
using Slipway.Node.Devices.Wire;
using Slipway.Node.Pods;

namespace Slipway.Node.Devices;

/// <summary>Why the devices of a pod are not ready.</summary>
internal sealed class DeviceException(string message) : Exception(message);

/// <summary>
/// Has drivers make the devices of pods ready, and undo it when the pods have ended (kubelet's <c>dra/v1</c>). What is to be undone is
/// written beside the pod's volumes before a driver is asked, so that nothing is forgotten over a restart.
/// </summary>
internal sealed class PodDevices(IApi api, DeviceDrivers drivers, string podsRoot, TimeProvider clock)
{
    private const string FileName = "devices.json";

    // As long as kubelets give drivers.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(45);

    // Claims are shared: who gives one back must not meet who asks for it.
    private readonly ClaimLocks _locks = new();

    /// <summary>Makes ready what a pod claims; may be done again.</summary>
    /// <exception cref="DeviceException">Something is not ready; the message says what and why.</exception>
    public async Task PrepareAsync(V1Pod pod, CancellationToken cancellation)
    {
        if (pod.Spec.ResourceClaims is null or { Count: 0 })
            return;
        try
        {
            var claims = new List<PreparedClaim>();
            foreach (var asked in pod.Spec.ResourceClaims)
                if (await ReadAsync(pod, asked, cancellation) is { } claim)
                    claims.Add(claim);
            // Of a driver that is not there nothing is to be undone: so nothing is written before all are.
            var sockets = new List<(string Driver, string Socket)>();
            foreach (var driver in claims.SelectMany(claim => claim.Drivers).Distinct())
                sockets.Add((driver, await drivers.FindAsync(driver, cancellation) ?? throw new DeviceException($"DRA driver {driver} is not registered")));
            using var taken = await _locks.TakeAsync([.. claims.Select(claim => claim.Uid)], cancellation);
            var file = FileOf(pod.Metadata.Uid);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            Write(file, claims);
            foreach (var (driver, socket) in sockets)
                await PrepareAsync(driver, socket, claims.FindAll(claim => claim.Drivers.Contains(driver)), cancellation);
            Write(file, claims);
        }
        catch (Exception failure) when (failure is RpcException or IOException or ApiException or UnauthorizedAccessException && !cancellation.IsCancellationRequested)
        {
            throw new DeviceException(failure is RpcException rpc ? rpc.Status.Detail : failure.Message);
        }
    }

    /// <summary>The devices that the runtime is to add to a container; none for most.</summary>
    public IReadOnlyList<string> CdiDevicesOf(V1Pod pod, V1Container container)
    {
        if (container.Resources?.Claims is not { Count: > 0 } used)
            return [];
        var claims = Read(FileOf(pod.Metadata.Uid));
        return [.. used.SelectMany(use => claims.Where(claim => claim.Asked == use.Name).SelectMany(claim => claim.CdiDevices(use.Request))).Distinct()];
    }

    /// <summary>Gives back what was made ready for a pod, unless another pod of the node uses it as well.</summary>
    /// <exception cref="IOException">A driver did not do it: it is to be asked again.</exception>
    public async Task ReleaseAsync(string uid, CancellationToken cancellation)
    {
        var file = FileOf(uid);
        if (!File.Exists(file))
            return;
        var claims = Read(file);
        using var taken = await _locks.TakeAsync([.. claims.Select(claim => claim.Uid)], cancellation);
        var others = Directory.EnumerateDirectories(podsRoot).Select(directory => Path.Combine(directory, FileName)).Where(other => other != file).SelectMany(Read).Select(claim => claim.Uid).ToHashSet();
        foreach (var claim in claims.DistinctBy(claim => claim.Uid).Where(claim => !others.Contains(claim.Uid)))
            foreach (var driver in claim.Drivers)
                await UnprepareAsync(driver, claim, cancellation);
        File.Delete(file);
    }

    private async Task<PreparedClaim?> ReadAsync(V1Pod pod, V1PodResourceClaim asked, CancellationToken cancellation)
    {
        var (ns, name) = (pod.Key.Namespace, asked.ResourceClaimName);
        if (name is null)
        {
            var status = pod.Status?.ResourceClaimStatuses?.FirstOrDefault(status => status.Name == asked.Name) ?? throw new DeviceException($"pod \"{pod.Key}\": ResourceClaim not created yet");
            // Whoever made none says that the pod needs none.
            if (status.ResourceClaimName is null)
                return null;
            name = status.ResourceClaimName;
        }
        var claim = await api.GetAsync(NodeKinds.DeviceClaims, ns, name, cancellation) ?? throw new DeviceException($"resourceclaims.resource.k8s.io \"{name}\" not found");
        if (claim.Status?.Allocation is null)
            throw new DeviceException($"ResourceClaim {ns}/{name} has no devices: the pod came to its node without the scheduler, which allocates them");
        if (!claim.IsFor(pod))
            throw new DeviceException($"pod {pod.Key.Name}({pod.Metadata.Uid}) is not allowed to use ResourceClaim {name}({claim.Metadata.Uid})");
        return new() { Asked = asked.Name, Namespace = ns, Name = name, Uid = claim.Metadata.Uid, Drivers = [.. claim.Drivers] };
    }

    private async Task PrepareAsync(string driver, string socket, List<PreparedClaim> claims, CancellationToken cancellation)
    {
        using var channel = UnixChannel.To(socket);
        var request = new NodePrepareResourcesRequest();
        request.Claims.AddRange(claims.DistinctBy(claim => claim.Uid).Select(Named));
        var plugin = new DRAPlugin.DRAPluginClient(channel);
        var answer = await DriverCall.WithinAsync(Limit, clock, end => plugin.NodePrepareResourcesAsync(request, cancellationToken: end), cancellation);
        foreach (var claim in claims)
        {
            if (!answer.Claims.TryGetValue(claim.Uid, out var prepared))
                throw new DeviceException($"DRA driver {driver} did not prepare ResourceClaim {claim.Namespace}/{claim.Name}");
            if (prepared.Error.Length > 0)
                throw new DeviceException($"NodePrepareResources failed for ResourceClaim {claim.Namespace}/{claim.Name}: {prepared.Error}");
            claim.Devices.AddRange(prepared.Devices.Select(device => new PreparedDevice { Requests = [.. device.RequestNames], CdiDevices = [.. device.CdiDeviceIds] }));
        }
    }

    private async Task UnprepareAsync(string driver, PreparedClaim claim, CancellationToken cancellation)
    {
        var socket = await drivers.FindAsync(driver, cancellation) ?? throw new IOException($"DRA driver {driver} is not registered, which has made devices of ResourceClaim {claim.Namespace}/{claim.Name} ready");
        using var channel = UnixChannel.To(socket);
        var request = new NodeUnprepareResourcesRequest();
        request.Claims.Add(Named(claim));
        var plugin = new DRAPlugin.DRAPluginClient(channel);
        var answer = await DriverCall.WithinAsync(Limit, clock, end => plugin.NodeUnprepareResourcesAsync(request, cancellationToken: end), cancellation);
        if (answer.Claims.TryGetValue(claim.Uid, out var undone) && undone.Error.Length > 0)
            throw new IOException($"NodeUnprepareResources failed for ResourceClaim {claim.Namespace}/{claim.Name}: {undone.Error}");
    }

    private string FileOf(string uid) => Path.Combine(podsRoot, uid, FileName);

    private static Claim Named(PreparedClaim claim) => new() { Namespace = claim.Namespace, Name = claim.Name, Uid = claim.Uid };

    // Other pods may go meanwhile.
    private static List<PreparedClaim> Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), NodeKinds.Set.Type<List<PreparedClaim>>()) ?? [];
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static void Write(string file, List<PreparedClaim> claims)
    {
        File.WriteAllBytes($"{file}.new", JsonSerializer.SerializeToUtf8Bytes(claims, NodeKinds.Set.Type<List<PreparedClaim>>()));
        File.Move($"{file}.new", file, overwrite: true);
    }
}
