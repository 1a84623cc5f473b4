using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>Directories that tasks leave, in real containers.</summary>
public sealed class DirectoryTests(ClusterFixture cluster)
{
    private readonly SlipwayCli slipway = cluster.Slipway;

    [Fact]
    public async Task Directories_pass_from_task_to_task_through_cache_and_rerun_and_come_out_whole()
    {
        const string Tasks = """
            - name: make
              forEach: [a, b]
              cache: {}
              command: [sh, -c, "busybox mkdir -p /out/set/deep/empty; echo $SLIPWAY_ITEM > /out/set/deep/item; echo same > /out/set/same; busybox ln -s deep/item /out/set/link; echo '#!/bin/sh' > /out/set/run; busybox chmod 755 /out/set/run"]
              outputs: { files: { set: /out/set } }
            - name: join
              inputs: { sets: "${{ tasks.make.files.set }}", second: "${{ tasks.make.files.set[1] }}" }
              command: [sh, -c, "test -x /in/second/run && test ! -x /in/second/same && test -d /in/second/deep/empty && ! echo x > /in/second/same && cat /in/sets/00000-set/deep/item /in/sets/00001-set/deep/item /in/second/link > /out/all"]
              outputs: { files: { all: /out/all } }
            """;
        (await slipway.RunFlowAsync("directories", Tasks)).Expect();
        var run = (string)(await slipway.OnlyRunAsync("directories"))["metadata"]!["name"]!;

        Assert.Contains(" in 3 files", (await slipway.RunAsync("runs", "show", run)).Expect().Out, StringComparison.Ordinal);
        var list = (await slipway.JsonAsync("artifacts", "list", "--run", run, "--task", "make"))["items"]!.AsArray();
        Assert.Equal(["Directory", "Directory"], list.Select(a => (string)a!["type"]!));
        var all = Path.Combine(slipway.Home, "all");
        (await slipway.RunAsync("artifacts", "get", run, "join/all", "-o", all)).Expect();
        Assert.Equal("a\nb\nb\n", await File.ReadAllTextAsync(all, TestContext.Current.CancellationToken));
        var set = Path.Combine(slipway.Home, "set");
        (await slipway.RunAsync("artifacts", "get", run, "make[0]/set", "-o", set)).Expect();
        Assert.Equal("a\n", await File.ReadAllTextAsync(Path.Combine(set, "link"), TestContext.Current.CancellationToken));
        Assert.True(Directory.Exists(Path.Combine(set, "deep", "empty")));
        Assert.Contains("made by make[0]", (await slipway.RunAsync("lineage", Path.Combine(set, "deep", "item"))).Expect().Out, StringComparison.Ordinal);

        // What was made is taken by the next run of the flow, and by a rerun: only join runs.
        (await slipway.RunAsync("rerun", run, "--from", "join")).Expect();
        (await slipway.RunAsync("run", "directories")).Expect();
        var records = (await slipway.JsonAsync("runs", "--flow", "directories"))["items"]!.AsArray();
        Assert.Equal(3, records.Count);
        foreach (var later in records.Select(r => (string)r!["name"]!).Where(name => name != run))
        {
            var attempts = (await slipway.JsonAsync("runs", "show", later))["attempts"]!.AsArray();
            Assert.Equal(["join"], attempts.Where(a => (string)a!["pod"]! != "").Select(a => (string)a!["path"]!));
            Assert.Equal(3, attempts.Count);
        }
    }
}
