using System.Diagnostics;
using System.Globalization;
using Slipway.Node.Linux;

namespace Slipway.Node.Tests.Real;

[Trait("Level", "Node")]
public sealed class CgroupTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task What_is_frozen_ends_when_it_is_killed()
    {
        var hierarchies = CgroupHierarchy.OfThisMachine();
        var cgroup = new Cgroup($"/slipway-test-{Guid.NewGuid():N}", hierarchies);
        var container = new Cgroup($"{cgroup.Path}/pods/container", hierarchies);
        container.Create();
        var (hierarchy, state, frozen, thawed) = hierarchies.FirstOrDefault(h => h.Controllers.Contains("freezer")) is { } freezer
            ? (freezer, "freezer.state", "FROZEN", "THAWED")
            : (hierarchies.Single(h => h.IsUnified), "cgroup.freeze", "1", "0");
        state = Path.Join(hierarchy.MountPoint, container.Path, state);
        using var process = Process.Start("sleep", "1000");
        try
        {
            foreach (var file in container.ProcessFiles)
                await File.WriteAllTextAsync(file, process.Id.ToString(CultureInfo.InvariantCulture), TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(state, frozen, TestContext.Current.CancellationToken);

            await cgroup.KillAsync(TimeProvider.System, TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
            Assert.Empty(cgroup.Processes());
            Assert.True(cgroup.Remove());
        }
        finally
        {
            process.Kill();
            if (File.Exists(state))
                await File.WriteAllTextAsync(state, thawed, CancellationToken.None);
        }
    }
}
