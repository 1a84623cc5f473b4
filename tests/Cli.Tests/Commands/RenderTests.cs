namespace Cli.Tests.Commands;

public sealed class RenderTests : CommandFixture
{
    private const string Flow = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f }
        spec:
          params: [{ name: since, default: "2001" }, { name: days, type: array, default: [mon, tue] }]
          defaults: { image: "x:1" }
          tasks:
            - { name: list, command: [list, "${{ params.since }}"], outputs: { values: { months: /out/m, rows: /out/r }, files: { raw: /out/raw.csv } } }
            - { name: day, forEach: "${{ params.days }}", command: [day, "${{ item }}", "${{ tasks.list.values.rows }}"], inputs: { raw: "${{ tasks.list.files.raw }}" } }
            - { name: ask, approve: { message: "go?" } }
            - { name: month, forEach: "${{ tasks.list.values.months }}", command: [month, "${{ item }}"], needs: [ask], cache: {} }
            - { name: end, command: [end], needs: [month] }
        """;

    [Fact]
    public async Task The_pods_of_a_run_are_printed_as_far_as_they_are_known()
    {
        var result = await RunAsync($"render {File("f.yaml", Flow)} -p since=2002");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(["# list", "# day[0]", "# day[1]"], result.Out.Split('\n').Where(l => l.StartsWith('#')));
        Assert.Contains("kind: Pod\n", result.Out);
        Assert.Contains("- list\n    - \"2002\"\n", result.Out);
        Assert.Contains("- tue\n    - ${{ tasks.list.values.rows }}\n", result.Out);
        Assert.Equal("Not shown: month, and what needs it, depends on list/months; give --value list/months=JSON.\n", result.Error);
    }

    [Fact]
    public async Task Values_that_tasks_would_write_can_be_given()
    {
        var result = await RunAsync(["render", File("f.yaml", Flow), "--value", "list/months=[\"a\",\"b\"]", "--value", "list/rows=7"]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(["# list", "# day[0]", "# day[1]", "# month[0]", "# month[1]", "# end"], result.Out.Split('\n').Where(l => l.StartsWith('#')));
        Assert.Contains("- month\n    - b\n", result.Out);
    }

    [Theory]
    [InlineData("--value list/moths=1", 2, "--value list/moths: no task of the flow writes it; name one as TASK/NAME.")]
    [InlineData("-p sinse=1", 1, "--param sinse: the flow has no such parameter, did you mean \"since\"?")]
    [InlineData("--flow g", 1, "there is no flow g among these files; there is f.")]
    public async Task A_mistake_is_named(string arguments, int exitCode, string said)
    {
        var result = await RunAsync($"render {File("f.yaml", Flow)} {arguments}");
        Assert.Equal((exitCode, $"error: {said}\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task What_fails_whatever_tasks_write_is_an_error()
    {
        var result = await RunAsync($"render {File("f.yaml", Flow.Replace("params.since }}", "params.since + 1 }}", StringComparison.Ordinal))}");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("error: the run would fail: list: command[1] has no value", result.Error);
    }
}
