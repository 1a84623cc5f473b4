using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>A flow in real containers whose artifacts are kept in the volume of a claim, whose pod is killed while they come.</summary>
public sealed class ClaimStoreTests(ClusterFixture cluster)
{
    private const string Pod = "artifact-store-disk";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly SlipwayCli slipway = cluster.Slipway;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Artifacts_are_in_the_volume_and_whole_though_its_pod_is_killed_while_they_come()
    {
        (await slipway.RunWithInputAsync("""
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: { name: artifacts }
            spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
            ---
            apiVersion: slipway.dev/v1alpha1
            kind: ArtifactStore
            metadata: { name: disk }
            spec: { claim: { name: artifacts, path: flows/ } }
            """, "apply", "-f", "-")).Expect();
        await Waiting.UntilAsync("the store is ready", Patience, async () =>
            (await slipway.JsonAsync("get", "artifactstore", "disk"))["status"]?["conditions"]?[0]?["status"]?.ToString() == "True");
        var volume = (string)(await slipway.JsonAsync("get", "pvc", "artifacts"))["spec"]!["volumeName"]!;
        var root = Path.Combine((string)(await slipway.JsonAsync("get", "pv", volume))["spec"]!["local"]!["path"]!, "flows", "default", "disk");

        var file = await slipway.WriteFlowAsync("claimed", """
            - name: make
              command: [sh, -c, "dd if=/dev/urandom of=/out/big bs=1048576 count=96 2>/dev/null; busybox mkdir /out/set; for i in 1 2 3 4 5 6 7 8 9; do echo $i > /out/set/$i; done; echo 3 > /out/n"]
              outputs: { files: { big: /out/big, set: /out/set }, values: { n: /out/n } }
            - { name: read, command: [sh, -c, "cat /in/set/7 > /out/copy; echo ${{ tasks.make.values.n }} >> /out/copy"], inputs: { set: "${{ tasks.make.files.set }}" }, outputs: { files: { copy: /out/copy } } }
            """);
        await File.AppendAllTextAsync(file, "  artifacts: { store: disk }\n", Cancellation);
        (await slipway.RunAsync("run", file, "--detach")).Expect();
        await UntilSomethingComesAsync(root);
        Assert.NotEmpty(KillAll((string)(await slipway.JsonAsync("get", "pod", Pod))["metadata"]!["uid"]!));

        await Waiting.UntilAsync("the run has succeeded", Patience, async () => (await slipway.OnlyRunAsync("claimed")).Phase() == "Succeeded");
        var attempts = await slipway.AttemptsAsync("claimed");
        Assert.All(attempts, attempt => Assert.Equal(("Succeeded", 1), ((string)attempt["reason"]!, (int)attempt["attempt"]!)));
        var kept = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(Path.GetDirectoryName(f)) != "tmp").ToList();
        foreach (var path in kept)
        {
            await using var content = File.OpenRead(path);
            Assert.Equal(Path.GetFileName(path), Convert.ToHexStringLower(await SHA256.HashDataAsync(content, Cancellation)));
        }

        var hashes = attempts.SelectMany(a => a["files"]!.AsObject().Select(f => (string)f.Value!["sha256"]!)).ToList();
        Assert.Equal(3, hashes.Count);
        Assert.Subset(kept.Select(Path.GetFileName).ToHashSet(), hashes.ToHashSet<string?>());
        Assert.Empty(Uploads(root));

        // The node loses all of it.
        var artifacts = $"/var/lib/slipway/{slipway.Name}/data/artifacts/sha256";
        foreach (var sha256 in hashes)
            File.Delete(Path.Combine(artifacts, sha256[..2], sha256));
        var name = (string)(await slipway.OnlyRunAsync("claimed"))["metadata"]!["name"]!;
        var copy = Path.Combine(slipway.Home, "claimed-copy");
        (await slipway.RunAsync("artifacts", "get", name, "read/copy", "-o", copy)).Expect();
        Assert.Equal("7\n3\n", await File.ReadAllTextAsync(copy, Cancellation));
        (await slipway.RunAsync("artifacts", "get", name, "make/big", "-o", copy)).Expect();
        Assert.Equal(96 << 20, new FileInfo(copy).Length);

        (await slipway.RunAsync("delete", "artifactstore", "disk")).Expect();
        await Waiting.UntilAsync("the store's pod goes with it", Patience, async () => (await slipway.KubectlAsync("get", "pod", Pod)).Error.Contains("not found", StringComparison.Ordinal));
        (await slipway.RunAsync("delete", "pvc", "artifacts")).Expect();
    }

    /// <summary>What is on its way into the volume.</summary>
    private static List<string> Uploads(string root)
    {
        var directory = Path.Combine(root, "tmp");
        return Directory.Exists(directory) ? [.. Directory.EnumerateFiles(directory).Where(f => Path.GetFileName(f).Length > 64)] : [];
    }

    private static async Task UntilSomethingComesAsync(string root)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (Uploads(root).Count == 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, "nothing comes into the volume");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
        }
    }

    /// <summary>Kills all processes of a pod as <c>kill -9</c> does; their ids.</summary>
    private static List<int> KillAll(string uid)
    {
        var killed = new List<int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)))
        {
            try
            {
                if (!File.ReadAllText(Path.Combine(directory, "cgroup")).Replace('_', '-').Contains(uid, StringComparison.Ordinal))
                    continue;
                using var process = Process.GetProcessById(int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture));
                process.Kill();
                killed.Add(process.Id);
            }
            catch (Exception e) when (e is IOException or ArgumentException or InvalidOperationException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }

        return killed;
    }
}
