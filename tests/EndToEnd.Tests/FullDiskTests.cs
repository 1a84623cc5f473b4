using System.Diagnostics;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>A cluster whose disk is full says so, loses nothing, and goes on when there is room again.</summary>
[Collection(AloneTestGroup.Name)]
public sealed class FullDiskTests : IAsyncLifetime
{
    private readonly SlipwayCli slipway = new("full");

    private string Data => Path.Combine(slipway.Home, "data");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Data);
        await ToolAsync("mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", Data);
        (await slipway.RunAsync("up", "--data-dir", Data)).Expect();
    }

    public async ValueTask DisposeAsync()
    {
        (await slipway.RunAsync("delete")).Expect();
        await ToolAsync("umount", Data);
        await slipway.DisposeAsync();
    }

    [Fact]
    public async Task Writes_are_refused_with_the_reason_and_work_again_when_there_is_room()
    {
        (await CreateAsync("before")).Expect();
        var filler = Path.Combine(Data, "filler");
        await FillAsync(filler);

        var refused = await CreateUntilRefusedAsync();
        Assert.Contains("disk", refused.Error, StringComparison.OrdinalIgnoreCase);
        (await slipway.RunAsync("get", "configmap", "before")).Expect();

        File.Delete(filler);
        (await CreateAsync("after")).Expect();
        (await slipway.RunAsync("get", "configmap", "before")).Expect();
    }

    private async Task<CommandResult> CreateUntilRefusedAsync()
    {
        for (var i = 0; i < 50; i++)
            if (await CreateAsync($"during-{i}") is { ExitCode: not 0 } refused)
                return refused;
        throw new InvalidOperationException("50 documents of 100 kB were accepted on a full disk.");
    }

    private Task<CommandResult> CreateAsync(string name) => slipway.RunWithInputAsync($$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: {{name}} }
        data: { text: {{new string('x', 100_000)}} }
        """, "apply", "-f", "-");

    private static async Task FillAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
                await file.WriteAsync(block);
        }
        catch (IOException)
        {
            // no room is left
        }
    }

    private static async Task ToolAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments);
        (await CommandResult.RunAsync(start, TimeSpan.FromSeconds(30))).Expect();
    }
}
