using System.Text;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Node.Tests.Real;

[Trait("Level", "Node")]
[Collection(NodeFixture.OneAtATime)]
public sealed class LogTests(NodeFixture fixture)
{
    [Fact]
    public async Task Logs_are_served_whole_in_part_and_as_they_grow()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("talks", """, "command": ["sh", "-c", "for i in 1 2 3 4 5; do echo line $i; sleep 0.2; done; head -c 40000 /dev/zero | tr '\\0' x; echo; sleep 0.1; echo end >&2"] """);
        await node.WaitForPhaseAsync("talks", "Running");
        var followed = await node.LogAsync("talks", "follow=true");
        Assert.StartsWith("line 1\nline 2\nline 3\nline 4\nline 5\nxxxx", followed, StringComparison.Ordinal);
        Assert.EndsWith("xxxx\nend\n", followed, StringComparison.Ordinal);
        Assert.Equal(35 + 40_001 + 4, followed.Length);
        Assert.Equal(followed, await node.LogAsync("talks"));
        Assert.Equal("end\n", await node.LogAsync("talks", "tailLines=1"));
        Assert.Equal("line 1\nlin", await node.LogAsync("talks", "limitBytes=10"));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z end\n$", await node.LogAsync("talks", "tailLines=1&timestamps=true"));
        Assert.Equal("", await node.LogAsync("talks", "sinceTime=2100-01-01T00:00:00Z"));
        Assert.Equal("previous terminated container \"main\" in pod \"talks\" not found", await node.LogAsync("talks", "previous=true"));
        Assert.Equal("tailLines: \"many\" is not a whole number of at least 0", await node.LogAsync("talks", "tailLines=many"));
        Assert.Equal("container other is not valid for pod talks", await node.LogAsync("talks", "", "other"));
        await using var missing = await node.Agent.HandleAsync(new("GET", "/containerLogs/default/nobody/main"), default);
        Assert.Equal((404, "pods \"nobody\" not found"), (missing.StatusCode, Encoding.UTF8.GetString(missing.Body.Span)));
    }

    [Fact]
    public async Task Logs_lie_where_collectors_look_and_go_with_the_pod()
    {
        var shared = Directory.CreateTempSubdirectory("slipway-var-log-").FullName;
        try
        {
            await using (var node = await RunningNode.StartAsync(fixture, options => options with { SharedLogs = shared }))
            {
                await node.CreateAsync("p", """, "command": ["sh", "-c", "echo hello"] """);
                var pod = await node.WaitForPhaseAsync("p", "Succeeded");
                var id = pod.Status.ContainerStatuses[0].ContainerID["containerd://".Length..];
                var file = Path.Combine(shared, "pods", $"default_p_{pod.Metadata.Uid}", "main", "0.log");
                Assert.Contains("stdout F hello", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
                Assert.Equal(file, new FileInfo(Path.Combine(shared, "containers", $"p_default_main-{id}.log")).LinkTarget);
                Assert.Equal("hello\n", await node.LogAsync("p"));
                await node.Api.DeleteAsync(NodeKinds.Pods, "default", "p", new() { GracePeriodSeconds = 0 });
                await node.WaitUntilGoneAsync("p");
                using var patience = new CancellationTokenSource(TestCluster.Patience);
                while (Directory.EnumerateFileSystemEntries(Path.Combine(shared, "pods")).Any() || Directory.EnumerateFileSystemEntries(Path.Combine(shared, "containers")).Any())
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
            }
        }
        finally
        {
            Directory.Delete(shared, recursive: true);
        }
    }
}
