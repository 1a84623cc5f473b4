using System.Text.Json.Nodes;

namespace Cli.Tests.Commands;

public sealed class LintTests : CommandFixture
{
    private const string Sound = """
        # a comment
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f }
        spec:
          params:
            - { name: since, type: string, default: "2001" }
          defaults: { image: "slipway.local/x:1" }
          templates:
            - name: etl
              params: [{ name: day }]
              tasks: [{ name: clean, command: [clean, "${{ params.day }}"] }]
          tasks:
            - name: ingest
              command: [ingest, "${{ params.since }}"]
              outputs: { values: { days: /out/days } }
            - name: each
              template: etl
              forEach: "${{ tasks.ingest.values.days }}"
              with: { day: "${{ item }}" }
        """;

    [Fact]
    public async Task A_sound_flow_has_no_findings()
    {
        var result = await RunAsync($"lint {File("f.yaml", Sound)}");
        Assert.Equal((0, "1 document checked: 0 errors, 0 warnings.\n", ""), (result.ExitCode, result.Out, result.Error));
    }

    [Theory]
    [InlineData("params.since }}", "params.sinse }}", "15:25: error: spec.tasks[0].command[1]: Invalid value: \"params.sinse\": there is no parameter sinse, did you mean \"since\"?")]
    [InlineData("outputs: { values", "output: { values", "16:7: error: spec.tasks[0].output: unknown field, did you mean \"outputs\"?")]
    [InlineData("command: [clean,", "comand: [clean,", "12:30: error: spec.templates[0].tasks[0].comand: unknown field, did you mean \"command\"?")]
    [InlineData("type: string", "type: text", "7:22: error: spec.params[0].type: Unsupported value: \"text\": supported values: ")]
    [InlineData("- name: ingest", "- name: Ingest", "14:7: error: spec.tasks[0].name: Invalid value: \"Ingest\"")]
    [InlineData("      template: etl", "      template: elt", "18:7: error: spec.tasks[1].template: ")]
    [InlineData("kind: Flow", "kind: Flwo", "3:1: error: kind: Invalid value: \"Flwo\": there is no such kind in slipway.dev/v1alpha1, did you mean \"Flow\"?")]
    [InlineData("[ingest, \"${{ params.since }}\"]", "ingest it", "15:7: error: spec.tasks[0].command: Invalid value: \"ingest it\": must be a list: write [a, b], or a line that begins with - for each entry")]
    [InlineData("{ image: \"slipway.local/x:1\" }", "{ image: 5 }", "8:15: error: spec.defaults.image: Invalid value: 5: must be a text: write it in quotes, \"5\"")]
    [InlineData("name: ingest", "name: ingest\n      parallelism: \"2\"", "15:7: error: spec.tasks[0].parallelism: Invalid value: \"2\": must be a whole number: write it without quotes, 2")]
    [InlineData("outputs: { values: { days: /out/days } }", "outputs: [days]", "16:7: error: spec.tasks[0].outputs: Invalid value: [\"days\"]: must be a map: write { name: value }, or a line for each name")]
    [InlineData("v1alpha1", "v1", "2:1: error: apiVersion: Unsupported value: \"slipway.dev/v1\"")]
    [InlineData("metadata: { name: f }", "metadata: { name: f }\nmetadata: { name: g }", "5:1: error: key \"metadata\" already set in map")]
    [InlineData("spec:", "spec: [", ": error: malformed YAML")]
    public async Task What_is_wrong_is_said_with_file_line_column_and_field(string from, string to, string said)
    {
        var file = File("f.yaml", Sound.Replace(from, to, StringComparison.Ordinal));
        var result = await RunAsync($"lint {file}");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith(file, result.Out);
        Assert.Contains(said, result.Out);
    }

    [Theory]
    [InlineData("x:1", "x", "8:15: warning: spec.defaults.image: the image slipway.local/x has no version")]
    [InlineData("x:1", "x:latest", "8:15: warning: spec.defaults.image: the image slipway.local/x:latest has no version")]
    [InlineData("template: etl\n      forEach: \"${{ tasks.ingest.values.days }}\"\n      with: { day: \"${{ item }}\" }", "command: [x]", "10:7: warning: spec.templates[0].name: no task calls the template etl")]
    [InlineData("template: etl", "flow: etl", "18:7: warning: spec.tasks[1].flow: the flow etl is not among these files")]
    public async Task What_was_probably_not_meant_is_a_warning_that_strict_takes_for_an_error(string from, string to, string said)
    {
        var file = File("f.yaml", Sound.Replace(from, to, StringComparison.Ordinal));
        var result = await RunAsync($"lint {file}");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"{file}:{said}", result.Out);
        Assert.Equal(1, (await RunAsync($"lint --strict {file}")).ExitCode);
    }

    [Theory]
    [InlineData("name: f, namespace: test", "name: f, namespace: live", ", namespace: live", "    day: 3", 0)]
    [InlineData("name: f, namespace: test", "name: f, namespace: live", ", namespace: live", "    since: '3'", 1)]   // that parameter is the other's
    [InlineData("name: f, namespace: test", "name: f, namespace: live", ", namespace: other", "    since: '3'", 0)]
    [InlineData("name: f", "name: f", "", "    since: '3'", 1)]
    public async Task Flows_of_one_name_may_be_for_several_namespaces(string first, string second, string ofRun, string parameter, int exitCode)
    {
        File("a.yaml", Sound.Replace("name: f }", $"{first} }}", StringComparison.Ordinal));
        File("b.yaml", $"apiVersion: slipway.dev/v1alpha1\nkind: Flow\nmetadata: {{ {second} }}\nspec:\n  params: [{{ name: day, default: 1 }}]\n  tasks: [{{ name: t, image: 'x:1', command: [x, \"${{{{ params.day }}}}\"] }}]\n");
        File("c.yaml", $"apiVersion: slipway.dev/v1alpha1\nkind: FlowRun\nmetadata: {{ generateName: f-{ofRun} }}\nspec:\n  flow: f\n  params:\n{parameter}\n");
        var result = await RunAsync($"lint {Files}");
        Assert.True(result.ExitCode == exitCode, result.Out);
    }

    [Fact]
    public async Task Documents_of_a_directory_are_checked_against_each_other()
    {
        File("a.yaml", Sound.Replace("template: etl", "flow: g", StringComparison.Ordinal));
        File("b.json", """{"apiVersion":"slipway.dev/v1alpha1","kind":"Flow","metadata":{"name":"g"},"spec":{"params":[{"name":"hour"}],"tasks":[{"name":"t","image":"x:1","command":["x"]}]}}""");
        File("c.yaml", "apiVersion: slipway.dev/v1alpha1\nkind: FlowRun\nmetadata: { generateName: f- }\nspec:\n  flow: f\n  params:\n    until: 3\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\n");
        var result = await RunAsync($"lint {Files} -o json");
        Assert.Equal(1, result.ExitCode);
        var findings = JsonNode.Parse(result.Out)!["findings"]!.AsArray().Where(f => (string)f!["severity"]! == "error").Select(f => $"{Path.GetFileName((string)f!["file"]!)}:{f["line"]} {f["field"]}").ToList();
        Assert.Contains("a.yaml:20 spec.tasks[1].with.day", findings);
        Assert.Contains("c.yaml:7 spec.params.until", findings);
        Assert.Contains("3 documents checked, 1 of other kinds left out:", (await RunAsync($"lint {Files}")).Out);
    }

    [Fact]
    public async Task Items_of_lists_and_json_have_positions_too()
    {
        var file = File("l.json", """
            {
              "apiVersion": "v1", "kind": "List",
              "items": [
                { "apiVersion": "slipway.dev/v1alpha1", "kind": "Flow", "metadata": { "name": "f" },
                  "spec": { "tasks": [ { "name": "t", "command": ["x"], "image": "x:1",
                    "timeout": "soon" } ] } }
              ]
            }
            """);
        Assert.Contains($"{file}:6:9: error: spec.tasks[0].timeout: ", (await RunAsync($"lint {file}")).Out);
    }
}
