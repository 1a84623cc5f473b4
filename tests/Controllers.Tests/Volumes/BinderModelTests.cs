using System.Collections.Concurrent;
using Slipway.Api;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Controllers.Tests.Volumes;

/// <summary>Random sequences of claims and volumes that come and go, and of controllers that are stopped anywhere.</summary>
public sealed class BinderModelTests : ControllersTest
{
    private readonly ConcurrentDictionary<string, string> _owners = new();
    private readonly ConcurrentQueue<string> _faults = new();

    private protected override void Register(ControllerHost host)
    {
        ClaimBinder.Register(host);
        VolumeBinder.Register(host);
        ClaimProtection.Register(host);
        VolumeProtection.Register(host);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task No_volume_is_ever_bound_to_two_claims_and_in_the_end_all_that_can_be_is_bound(int seed)
    {
        await using var watch = Watch();
        var random = new Random(seed);
        for (var step = 0; step < 120; step++)
            await ActAsync(random);

        using var patience = new CancellationTokenSource(TestCluster.Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var unsettled = "never looked at";
        while (unsettled.Length > 0)
        {
            Assert.False(patience.IsCancellationRequested, unsettled);
            await timer.WaitForNextTickAsync(CancellationToken.None);
            unsettled = Unsettled([.. (await Cluster.Admin.ListAsync(Kinds.Claims)).Items], [.. (await Cluster.Admin.ListAsync(Kinds.Volumes)).Items]);
        }
        Assert.Empty(_faults);
    }

    private async Task ActAsync(Random random)
    {
        var (claim, volume) = ($"c{random.Next(5)}", $"v{random.Next(5)}");
        try
        {
            switch (random.Next(20))
            {
                case < 7:
                    await Cluster.CreateAsync("/api/v1/namespaces/default/persistentvolumeclaims", $$$"""
                        {"metadata":{"name":"{{{claim}}}"},"spec":{"accessModes":["ReadWriteOnce"],"storageClassName":"","resources":{"requests":{"storage":"{{{random.Next(1, 4)}}}Gi"} } } }
                        """);
                    break;
                case < 13:
                    await Cluster.CreateAsync("/api/v1/persistentvolumes", $$$"""
                        {"metadata":{"name":"{{{volume}}}"},"spec":{"capacity":{"storage":"{{{random.Next(1, 4)}}}Gi"},"accessModes":["ReadWriteOnce"],"hostPath":{"path":"/x"} } }
                        """);
                    break;
                case < 16:
                    await Cluster.Admin.DeleteAsync(Kinds.Claims, "default", claim);
                    break;
                case < 18:
                    await Cluster.Admin.DeleteAsync(Kinds.Volumes, null, volume);
                    break;
                default:
                    await StopControllersAsync();
                    StartControllers();
                    break;
            }
        }
        catch (ApiException e) when (e.Code == 409)
        {
            // There already.
        }
    }

    // What is not yet as it should be; empty when all is.
    private static string Unsettled(List<ClaimView> claims, List<VolumeView> volumes)
    {
        foreach (var item in claims.Where(claim => claim.IsBeingDeleted).Select(claim => claim.Name).Concat(volumes.Where(volume => volume is { IsBeingDeleted: true, Phase: not "Bound" }).Select(volume => volume.Name)))
            return $"{item} is still being deleted";
        foreach (var volume in volumes)
            if (VolumePlan.For(volume, claims.Find(claim => claim.Name == volume.Spec.ClaimRef?.Name)) is not VolumePlan.Be be || be.Phase != volume.Phase)
                return $"{volume.Name} is {volume.Phase}";
        foreach (var claim in claims)
        {
            var owned = volumes.FindAll(volume => volume.IsFor(claim));
            if (owned.Count > 1)
                return $"{claim.Name} has {owned.Count} volumes";
            if (claim.Status?.Phase == "Bound" ? owned is not [{ Phase: "Bound" } only] || only.Name != claim.VolumeName : owned.Count > 0)
                return $"{claim.Name} is {claim.Status?.Phase} with {owned.Count}";
            if (claim.Status?.Phase == "Pending" && volumes.Find(volume => volume is { Phase: "Available", IsBeingDeleted: false } && volume.Terms.Size >= claim.Terms.Size) is { } fitting)
                return $"{claim.Name} has not got {fitting.Name}";
        }
        return "";
    }

    // A volume changes hands only when it has been let go.
    private IAsyncDisposable Watch()
    {
        var host = new ControllerHost(Cluster.Admin, Cluster.Clock, Cluster.Logs);
        host.Informer(Kinds.Volumes).OnChange(change =>
        {
            if (change.New is not { Spec.ClaimRef: { IsReservation: false, Uid: { } claim } } volume)
                return;
            if (_owners.TryAdd(volume.Metadata.Uid, claim) || _owners[volume.Metadata.Uid] == claim)
                return;
            _faults.Enqueue($"{volume.Name} went from {_owners[volume.Metadata.Uid]} to {claim}");
        });
        return Cluster.Run(host.RunAsync);
    }
}
