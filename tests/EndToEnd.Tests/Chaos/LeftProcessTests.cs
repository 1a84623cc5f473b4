using System.Diagnostics;
using System.Globalization;
using Slipway.Testing;

namespace EndToEnd.Tests.Chaos;

/// <summary>Processes of a pod that the container runtime knows nothing of, as a shim leaves them that is killed while it makes a container.</summary>
public sealed class LeftProcessTests(ClusterFixture cluster)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly SlipwayCli slipway = cluster.Slipway;

    [Fact]
    public async Task They_end_with_the_pod()
    {
        (await slipway.RunWithInputAsync($$"""
            apiVersion: v1
            kind: Pod
            metadata: { name: left }
            spec:
              terminationGracePeriodSeconds: 0
              containers: [{ name: main, image: {{BusyboxImage.Name}}, command: [sleep, "1000000"] }]
            """, "apply", "-f", "-")).Expect();
        (await slipway.KubectlAsync("wait", "--for=condition=Ready", "--timeout=60s", "pod/left")).Expect();
        var uid = (string)(await slipway.JsonAsync("get", "pod", "left"))["metadata"]!["uid"]!;
        using var left = Process.Start("sleep", "1000000");
        try
        {
            var cgroup = Directory.EnumerateDirectories("/sys/fs/cgroup", $"pod{uid}", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4, AttributesToSkip = FileAttributes.ReparsePoint })
                .First(directory => !directory.Contains("/cpuset/", StringComparison.Ordinal));
            var own = Directory.CreateDirectory($"{cgroup}/left");
            await File.WriteAllTextAsync($"{own.FullName}/cgroup.procs", left.Id.ToString(CultureInfo.InvariantCulture), TestContext.Current.CancellationToken);

            (await slipway.KubectlAsync("delete", "pod", "left")).Expect();
            await left.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
            await Waiting.UntilAsync($"there is no {cgroup}", Patience, () => Task.FromResult(!Directory.Exists(cgroup)));
        }
        finally
        {
            left.Kill();
        }
    }
}
