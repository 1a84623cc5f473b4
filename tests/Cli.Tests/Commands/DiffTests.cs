namespace Cli.Tests.Commands;

public sealed class DiffTests : CommandFixture
{
    private const string Flow = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f }
        spec:
          params: [{ name: since, default: "2001" }]
          defaults: { image: "x:1" }
          tasks:
            - { name: list, command: [list], cache: {}, resources: { memory: 1Gi }, outputs: { files: { raw: /out/raw.csv } } }
            - { name: clean, command: [clean], cache: {}, inputs: { raw: "${{ tasks.list.files.raw }}" } }
            - { name: other, command: [other], cache: {} }
            - { name: old, command: [old] }
        """;

    [Fact]
    public async Task What_apply_would_change_is_shown_and_nothing_is_changed()
    {
        Assert.Equal("flow.slipway.dev/f would be created\n", (await RunAsync($"diff {File("f.yaml", Flow)}")).Out);
        await RunAsync("apply -f -", Flow);
        Assert.Equal((0, "Nothing would change.\n"), await Shown("diff --exit-code -", Flow));

        var changed = Flow.Replace("memory: 1Gi", "memory: 2Gi", StringComparison.Ordinal).Replace("[clean]", "[clean, --all]", StringComparison.Ordinal).Replace("{ name: old, command: [old] }", "{ name: new, command: [new] }", StringComparison.Ordinal);
        var (exitCode, shown) = await Shown("diff --exit-code -", changed);
        Assert.Equal(1, exitCode);
        Assert.Equal("""
            flow.slipway.dev/f would change
              ~ spec.tasks[list].resources.memory: "1Gi" -> "2Gi"
              ~ spec.tasks[clean].command: ["clean"] -> ["clean","--all"]
              + spec.tasks[new]: {"name":"new","command":["new"]}
              - spec.tasks[old]: {"name":"old","command":["old"]}

              TASK    CHANGE      RERUN           CACHE
              list    resources   runs it again   earlier results hold
              clean   command     runs it again   no earlier result holds: command differs
              other               takes it over   earlier results hold
              new     added       runs it again
              old     removed

            """.ReplaceLineEndings("\n"), shown);
        Assert.Equal((0, "Nothing would change.\n"), await Shown("diff -", Flow));
    }

    [Theory]
    [InlineData("command: [list]", "command: [list, all]", "clean", "earlier results hold if list still comes to the same")]
    [InlineData("x:1", "x:2", "other", "no earlier result holds: image differs")]
    [InlineData("default: \"2001\"", "default: \"2002\"", "other", "no earlier result holds: defaults of params differs")]
    [InlineData("cache: {}, inputs", "cache: { key: k }, inputs", "clean", "no earlier result holds: key, defaults of params differ")]
    public async Task What_the_cache_makes_of_a_change_is_told_task_by_task(string from, string to, string task, string cache)
    {
        await RunAsync("apply -f -", Flow);
        var (_, shown) = await Shown("diff -", Flow.Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(cache, Assert.Single(shown.Split('\n'), l => l.StartsWith($"  {task} ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_a_Secret_holds_is_not_shown()
    {
        const string Secret = "apiVersion: v1\nkind: Secret\nmetadata: { name: s, labels: { a: b } }\n";
        await RunAsync("apply -f -", Secret + "data: { key: b2xk, same: c2FtZQ== }");
        var (_, shown) = await Shown("diff -", Secret.Replace("a: b", "a: c", StringComparison.Ordinal) + "data: { key: bmV3, same: c2FtZQ==, more: bW9yZQ== }");
        Assert.Equal(
            ["", "  + data.more: \"***\"", "  ~ data.key: \"***\" -> \"***\"", "  ~ metadata.labels.a: \"b\" -> \"c\"", "secret/s would change"],
            shown.Split('\n').Order(StringComparer.Ordinal));
    }

    private async Task<(int ExitCode, string Out)> Shown(string command, string input)
    {
        var result = await RunAsync(command, input);
        Assert.Equal("", result.Error);
        return (result.ExitCode, result.Out);
    }
}
