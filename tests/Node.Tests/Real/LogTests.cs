using System.Text;

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
}
