using System.Diagnostics;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>Commands of the published program as a user meets them: signals, images, versions.</summary>
public sealed class CommandTests(ClusterFixture cluster)
{
    private readonly SlipwayCli slipway = cluster.Slipway;

    [Fact]
    public async Task An_interrupted_run_ends_with_130_and_goes_on()
    {
        var file = await slipway.WriteFlowAsync("interrupted", """- { name: waits, command: [sleep, "10"] }""");
        (await slipway.RunAsync("apply", "-f", file)).Expect();
        var process = 0;
        var command = slipway.RunAsync(TimeSpan.FromMinutes(1), null, id => process = id, "run", "interrupted");
        await Waiting.UntilAsync("the run is there", TimeSpan.FromSeconds(30), async () => (await slipway.JsonAsync("get", "flowruns"))["items"]!.AsArray().Any(run => (string?)run!["spec"]!["flow"] == "interrupted"));
        using (var kill = Process.Start("kill", ["-INT", $"{process}"])) await kill.WaitForExitAsync(TestContext.Current.CancellationToken);

        var result = (await command).Expect(130);
        Assert.Contains("the run goes on", result.Error);
        var ended = await slipway.WaitForRunAsync("interrupted", run => run.Phase() is "Succeeded" or "Failed");
        Assert.Equal("Succeeded", ended.Phase());
    }

    [Fact]
    public async Task Images_are_listed_and_an_archive_that_is_none_is_refused()
    {
        Assert.Contains($"{BusyboxImage.Name} ", (await slipway.RunAsync("image", "list")).Expect().Out);
        var file = Path.Combine(slipway.Home, "notes.tar");
        await File.WriteAllTextAsync(file, "these are notes", TestContext.Current.CancellationToken);
        Assert.Contains($"{file} is not an image archive", (await slipway.RunAsync("image", "load", file)).Expect(1).Error);
        Assert.Contains("is not the name of an image", (await slipway.RunAsync("image", "build", "-t", "Not A Name", slipway.Home)).Expect(2).Error);
    }

    [Fact]
    public async Task A_loaded_archive_can_be_run()
    {
        var archive = Path.Combine(slipway.Home, "loaded.tar");
        var storage = new[] { "--root", Path.Combine(slipway.Home, "storage"), "--runroot", Path.Combine(slipway.Home, "storage-run"), "--storage-driver", "vfs" };
        await BuildahAsync([.. storage, "build", "--isolation", "chroot", "--tag", "slipway.local/loaded:1", Path.Combine(slipway.Home, "busybox")]);
        await BuildahAsync([.. storage, "push", "slipway.local/loaded:1", $"oci-archive:{archive}:slipway.local/loaded:1"]);
        Assert.Contains("slipway.local/loaded:1 is in cluster", (await slipway.RunAsync("image", "load", archive)).Expect().Out);
        (await slipway.RunFlowAsync("loaded", """- { name: one, command: ["true"] }""", image: "slipway.local/loaded:1")).Expect();
    }

    [Fact]
    public async Task The_version_names_the_api_level_and_the_commit()
    {
        var version = await slipway.JsonAsync("version");
        Assert.Equal("v1.37", (string?)version["kubernetes"]);
        Assert.Matches("^[0-9a-f]{40}$|^unknown$", (string?)version["commit"]);
    }

    private static async Task BuildahAsync(params string[] arguments) =>
        (await CommandResult.RunAsync(new ProcessStartInfo("buildah", arguments), TimeSpan.FromMinutes(1))).Expect();
}
