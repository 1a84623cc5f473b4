using System.Text.Json.Nodes;
using Slipway.ApiServer;
using Slipway.Client;
using Slipway.Node.Volumes;
using Slipway.Node.Volumes.LocalPaths;
using Slipway.Testing;

namespace Slipway.Node.Tests.Volumes;

/// <summary>The provisioner with the rights that it has in a cluster; what controllers do besides is done here by hand.</summary>
public sealed class LocalPathProvisionerTests : IAsyncLifetime
{
    private const string Claims = "/api/v1/namespaces/default/persistentvolumeclaims", Volumes = "/api/v1/persistentvolumes";
    private readonly string _root = Path.Combine(Directory.CreateTempSubdirectory("slipway-volumes-").FullName, "volumes");
    private TestCluster _cluster = null!;
    private IAsyncDisposable? _provisioner;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync(new ApiServerOptions { LocalStorage = true });
        Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(_root)!, recursive: true);
    }

    [Fact]
    public async Task A_claim_gets_a_directory_that_grows_and_goes_with_it()
    {
        var (claim, volume) = await ProvideAsync("data");
        var directory = Path.Combine(_root, volume.Name);
        Assert.Equal(("slipway.dev/local-path", directory, "Delete", claim.Uid),
            (volume.Metadata.Annotations["pv.kubernetes.io/provisioned-by"], volume.Spec.Local!.Path, volume.Spec.PersistentVolumeReclaimPolicy, volume.Spec.ClaimRef!.Uid));
        Assert.Equal((UnixFileMode)0x1FF, File.GetUnixFileMode(directory));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_root));
        await File.WriteAllTextAsync(Path.Combine(directory, "file"), "kept", TestContext.Current.CancellationToken);

        await BindAsync("data", volume.Name);
        await _cluster.PatchAsync($"{Claims}/data", """{"spec":{"resources":{"requests":{"storage":"3Gi"}}}}""");
        await _cluster.WaitAsync(NodeKinds.StorageClaims, "default", "data", c => c?.Capacity == c?.Requested && c?.Capacity > StorageVolume.StorageOf(volume.Spec.Capacity));
        Assert.Equal("3Gi", (await _cluster.Admin.GetAsync(NodeKinds.StorageVolumes, null, volume.Name))!.Spec.Capacity!["storage"]);
        Assert.Contains("VolumeResizeSuccessful", await EventsAsync("VolumeResizeSuccessful"));

        // Stopped, the volume is released meanwhile.
        await StopAsync();
        await _cluster.PatchAsync($"{Volumes}/{volume.Name}/status", """{"status":{"phase":"Released"}}""");
        Assert.True(File.Exists(Path.Combine(directory, "file")));
        Start();
        await ReleaseAsync(volume.Name);
        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public async Task A_directory_stays_while_a_pod_of_the_node_has_it()
    {
        var (_, volume) = await ProvideAsync("data");
        var directory = Path.Combine(_root, volume.Name);
        var claims = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(_root)!, "pods", "uid", "volumes", "claims")).FullName;
        File.CreateSymbolicLink(Path.Combine(claims, "data"), directory);

        await _cluster.PatchAsync($"{Volumes}/{volume.Name}/status", """{"status":{"phase":"Released"}}""");
        var (_, other) = await ProvideAsync("other");
        await _cluster.PatchAsync($"{Volumes}/{other.Name}/status", """{"status":{"phase":"Released"}}""");
        await ReleaseAsync(other.Name);
        Assert.True(Directory.Exists(directory));

        File.Delete(Path.Combine(claims, "data"));
        var letGo = _cluster.WaitAsync(NodeKinds.StorageVolumes, null, volume.Name, v => v is null || v.Metadata.Finalizers is ["kubernetes.io/pv-protection"]);
        await _cluster.WhileTimePassesAsync(letGo, TimeSpan.FromSeconds(1));
        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public async Task What_is_retained_or_needed_by_another_volume_stays()
    {
        var (_, retained) = await ProvideAsync("retained");
        var (_, shared) = await ProvideAsync("shared");
        await _cluster.PatchAsync($"{Volumes}/{retained.Name}", """{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}""");
        await _cluster.CreateAsync(Volumes, $$$"""
            {"metadata":{"name":"rescue"},"spec":{"capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce"],"hostPath":{"path":"{{{shared.Spec.Local!.Path}}}/"} } }
            """);
        foreach (var claim in (string[])["retained", "shared"])
        {
            await _cluster.PatchAsync($"{Claims}/{claim}", """{"metadata":{"finalizers":null}}""");
            await _cluster.Admin.DeleteAsync(NodeKinds.StorageClaims, "default", claim);
        }
        foreach (var volume in (StorageVolume[])[retained, shared])
        {
            await File.WriteAllTextAsync(Path.Combine(volume.Spec.Local!.Path, "file"), "kept", TestContext.Current.CancellationToken);
            await _cluster.PatchAsync($"{Volumes}/{volume.Name}/status", """{"status":{"phase":"Released"}}""");
            await _cluster.Admin.DeleteAsync(NodeKinds.StorageVolumes, null, volume.Name);
            await ReleaseAsync(volume.Name);
            Assert.Equal("kept", await File.ReadAllTextAsync(Path.Combine(volume.Spec.Local.Path, "file"), TestContext.Current.CancellationToken));
        }
        // Not by a later start either.
        await StopAsync();
        Start();
        await ProvideAsync("another");
        Assert.True(File.Exists(Path.Combine(retained.Spec.Local!.Path, "file")));
    }

    [Fact]
    public async Task A_directory_that_was_left_empty_without_a_volume_is_swept()
    {
        await StopAsync();
        var (left, full) = (Path.Combine(_root, $"pvc-{Guid.NewGuid()}"), Path.Combine(_root, $"pvc-{Guid.NewGuid()}"));
        Directory.CreateDirectory(left);
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(full).FullName, "file"), "kept", TestContext.Current.CancellationToken);
        Start();
        await UntilAsync(() => !Directory.Exists(left));
        Assert.True(File.Exists(Path.Combine(full, "file")));
    }

    [Fact]
    public async Task A_claim_that_cannot_be_served_is_told_why()
    {
        await CreateClaimAsync("raw", ""","volumeMode":"Block" """);
        Assert.Contains("failed to provision volume with StorageClass \"local-path\": volumeMode Block is not supported: use Filesystem", await EventsAsync("ProvisioningFailed"));
        Assert.Empty((await _cluster.Admin.ListAsync(NodeKinds.StorageVolumes)).Items);
    }

    private void Start()
    {
        var host = new ControllerHost(_cluster.As("system:serviceaccount:slipway-system:local-path", "system:serviceaccounts", "system:serviceaccounts:slipway-system"), _cluster.Clock, _cluster.Logs);
        LocalPathRole.Register(host, "here", _root, Path.Combine(Path.GetDirectoryName(_root)!, "pods"));
        _provisioner = _cluster.Run(host.RunAsync);
    }

    private async Task StopAsync() => await _provisioner!.DisposeAsync();

    private async Task<(StorageClaim Claim, StorageVolume Volume)> ProvideAsync(string name)
    {
        var uid = (string)(await CreateClaimAsync(name))["metadata"]!["uid"]!;
        var volume = await _cluster.WaitAsync(NodeKinds.StorageVolumes, null, $"pvc-{uid}", v => v is not null);
        return ((await _cluster.Admin.GetAsync(NodeKinds.StorageClaims, "default", name))!, volume!);
    }

    private Task<JsonObject> CreateClaimAsync(string name, string more = "") => _cluster.CreateAsync(Claims, $$$"""
        {"metadata":{"name":"{{{name}}}","annotations":{"volume.kubernetes.io/storage-provisioner":"slipway.dev/local-path","volume.kubernetes.io/selected-node":"here"}},
         "spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"} }{{{more}}} } }
        """);

    private async Task BindAsync(string claim, string volume)
    {
        await _cluster.PatchAsync($"{Claims}/{claim}", $$"""{"spec":{"volumeName":"{{volume}}"} }""");
        await _cluster.PatchAsync($"{Claims}/{claim}/status", """{"status":{"phase":"Bound","capacity":{"storage":"1Gi"}}}""");
    }

    // As the controller of protection does.
    private async Task ReleaseAsync(string volume)
    {
        await _cluster.WaitAsync(NodeKinds.StorageVolumes, null, volume, v => v is null || v.Metadata.Finalizers is ["kubernetes.io/pv-protection"]);
        await _cluster.PatchAsync($"{Volumes}/{volume}", """{"metadata":{"finalizers":null}}""");
        await _cluster.WaitAsync(NodeKinds.StorageVolumes, null, volume, v => v is null);
    }

    private async Task<IEnumerable<string>> EventsAsync(string reason)
    {
        var events = await _cluster.WaitForAllAsync(EventView.Resource, "default", all => all.Exists(e => e.Reason == reason));
        return events.Where(e => e.Reason == reason).SelectMany(e => new[] { e.Reason!, e.Message! });
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TestCluster.Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
            await timer.WaitForNextTickAsync(patience.Token);
    }
}
