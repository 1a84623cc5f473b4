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
        Assert.Equal(["# list", "# day[0]", "# day[1]", "# month[0], one of the items of ${{ tasks.list.values.months }}", "# end"], result.Out.Split('\n').Where(l => l.StartsWith('#')));
        Assert.Contains("kind: Pod\n", result.Out);
        Assert.Contains("- list\n    - \"2002\"\n", result.Out);
        Assert.Contains("- tue\n    - ${{ tasks.list.values.rows }}\n", result.Out);
        Assert.Contains("- month\n    - ${{ item }}\n", result.Out);
        Assert.Contains("- name: SLIPWAY_ITEM\n      value: ${{ tasks.list.values.months }}\n", result.Out);
        Assert.Equal(
            """
            month is shown for one of its items; how many there are is not known.
            What reads values that tasks would write is shown as its expression; give --value list/rows=JSON --value list/months=JSON.

            """.ReplaceLineEndings("\n"),
            result.Error);
    }

    [Fact]
    public async Task Values_that_tasks_would_write_can_be_given()
    {
        var result = await RunAsync(["render", File("f.yaml", Flow), "--value", "list/months=[\"a\",\"b\"]", "--value", "list/rows=7"]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(["# list", "# day[0]", "# day[1]", "# month[0]", "# month[1]", "# end"], result.Out.Split('\n').Where(l => l.StartsWith('#')));
        Assert.Contains("- month\n    - b\n", result.Out);
    }

    [Fact]
    public async Task The_files_of_a_directory_can_be_given()
    {
        const string Flow = """
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: { name: f }
            spec:
              defaults: { image: "x:1" }
              tasks:
                - { name: split, command: [split], outputs: { files: { parts: /out/parts } } }
                - { name: clean, forEach: "${{ tasks.split.files.parts.files }}", command: [clean, "${{ item.path }}"], inputs: { part: "${{ item }}" } }
            """;
        var result = await RunAsync($"render {File("f.yaml", Flow)}");
        Assert.Equal((0, """
            clean is shown for one of its items; how many there are is not known.
            What reads values that tasks would write is shown as its expression; give --value split/parts=JSON.

            """.ReplaceLineEndings("\n")), (result.ExitCode, result.Error));
        Assert.Contains("- clean\n    - ${{ item.path }}\n", result.Out);
        result = await RunAsync(["render", File("f.yaml", Flow), "--value", "split/parts=[\"b.csv\",\"a.csv\"]"]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(["# split", "# clean[0]", "# clean[1]"], result.Out.Split('\n').Where(l => l.StartsWith('#')));
        Assert.Contains("- clean\n    - b.csv\n", result.Out);
    }

    [Fact]
    public async Task The_files_of_a_directory_are_not_known_however_they_are_read()
    {
        var result = await RunAsync($"render {File("f.yaml", """
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: { name: f }
            spec:
              defaults: { image: "x:1" }
              tasks:
                - { name: split, forEach: [1, 2], command: [split], outputs: { files: { parts: /out/parts } } }
                - { name: first, command: [first, "${{ tasks.split.files.parts[0].files[0].path }}"], inputs: { in: "${{ tasks.split.files.parts[0].files }}" } }
                - { name: own, forEach: "${{ tasks.split.files.parts }}", command: [own, "${{ size(item.files) }}"] }
                - { name: all, template: each, with: { dir: "${{ tasks.split.files.parts[1] }}" } }
                - { name: fit, forEach: { matrix: { part: "${{ tasks.split.files.parts[0].files }}", model: [small, large] } }, command: [fit, "${{ item.model }}"], inputs: { part: "${{ item.part }}" } }
              templates:
                - { name: each, params: [{ name: dir }], tasks: [{ name: one, forEach: "${{ params.dir.files }}", command: [one, "${{ item.name }}"], inputs: { in: "${{ item }}" }, cache: {} }] }
            """)}");
        Assert.Equal((0, """
            all.one is shown for one of its items; how many there are is not known.
            fit is shown for one of its items; how many there are is not known.
            What reads values that tasks would write is shown as its expression; give --value split/parts=JSON.

            """.ReplaceLineEndings("\n")), (result.ExitCode, result.Error));
        Assert.Contains("- first\n    - ${{ tasks.split.files.parts[0].files[0].path }}\n", result.Out);
        Assert.Contains("- own\n    - ${{ size(item.files) }}\n", result.Out);
        Assert.Contains("- one\n    - ${{ item.name }}\n", result.Out);
        Assert.Contains("- fit\n    - large\n", result.Out);
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

    [Theory]
    [InlineData("${{ run.start }}", "- ${{ run.start }}")]
    [InlineData("a/${{ string(run.start).substring(0, 10) }}/${{ params.since }}", "- a/${{ string(run.start).substring(0, 10) }}/2001")]
    [InlineData("${{ tasks.list.values.rows + 1 }}", "- ${{ tasks.list.values.rows + 1 }}")]
    [InlineData("${{ tasks.list.values.rows > 3 && params.since == '2000' ? 'a' : 'b' }}", "- b")] // whatever the rows are
    [InlineData("${{ tasks.part.values.n[1] }}", "- ${{ tasks.part.values.n[1] }}")]
    [InlineData("${{ size(tasks.month.values.n) }} of ${{ tasks.month.total }}", "- ${{ size(tasks.month.values.n) }} of ${{ tasks.month.total }}")]
    [InlineData("${{ tasks.loop.values.n }}", "- ${{ tasks.loop.values.n }}")]
    [InlineData("${{ tasks.sub.values.n }}", "- ${{ tasks.sub.values.n }}")]
    public async Task What_reads_something_unknown_is_shown_as_its_expression(string argument, string shown)
    {
        var flow = """
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: { name: f }
            spec:
              params: [{ name: since, default: "2001" }]
              defaults: { image: "x:1" }
              tasks:
                - { name: list, command: [list], outputs: { values: { months: /out/m, rows: /out/r } } }
                - { name: part, forEach: [1, 2], command: [part], outputs: { values: { n: /out/n } } }
                - { name: month, forEach: "${{ tasks.list.values.months }}", command: [month], outputs: { values: { n: /out/n }, files: { f: /out/f } } }
                - { name: loop, repeat: { until: values.n > 3, limit: 5 }, command: [loop], outputs: { values: { n: /out/n } } }
                - { name: sub, template: t, with: { day: "${{ tasks.list.values.rows }}" } }
                - { name: end, command: [end, "ARGUMENT"], when: tasks.list.values.rows > 5, inputs: { f: "${{ tasks.month.files.f }}" } }
                - { name: grid, forEach: { matrix: { a: [1, 2], b: "${{ tasks.list.values.months }}" } }, command: [grid, "${{ item.a }}-${{ item.b }}"] }
                - { name: set, command: [set], pod: { metadata: { annotations: { day: "on ${{ tasks.list.values.rows }}" } } } }
              templates:
                - { name: t, params: [{ name: day, type: integer }], tasks: [{ name: in, command: [in, "${{ params.day + 1 }}"], outputs: { values: { n: /out/n } } }] }
            """.Replace("ARGUMENT", argument, StringComparison.Ordinal);
        var result = await RunAsync($"render {File("f.yaml", flow)}");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"- end\n    - {shown[2..]}\n", result.Out, StringComparison.Ordinal);
        Assert.Contains("- in\n    - ${{ params.day + 1 }}\n", result.Out, StringComparison.Ordinal);
        Assert.Contains("value: '{\"day\":\"${{ tasks.list.values.rows }}\"}'", result.Out, StringComparison.Ordinal);
        Assert.Contains("- grid\n    - 2-${{ item.b }}\n", result.Out, StringComparison.Ordinal);
        Assert.Contains("day: on ${{ tasks.list.values.rows }}\n", result.Out, StringComparison.Ordinal);
        Assert.Contains("end is shown as if its when were true: tasks.list.values.rows > 5.\n", result.Error, StringComparison.Ordinal);
        Assert.Equal(argument.Contains("run.start", StringComparison.Ordinal), result.Error.Contains("give --start and --end", StringComparison.Ordinal));
        Assert.Equal(argument.Contains("run.start", StringComparison.Ordinal), result.Out.Contains("value: ${{ run.start }}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_fails_whatever_tasks_write_is_an_error()
    {
        var result = await RunAsync($"render {File("f.yaml", Flow.Replace("params.since }}", "params.since + 1 }}", StringComparison.Ordinal))}");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("error: the run would fail: list: command[1] has no value", result.Error);
    }
}
