using System.Text.Json.Nodes;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

/// <summary>Tasks for each of the files that a directory holds.</summary>
public sealed class FileListingTests
{
    private const string Pinned = "defaults: { image: 'x@sha256:00' }";

    private const string Parts = """
        - { name: split, command: [split], outputs: { files: { parts: /out/parts } } }
        - name: clean
          forEach: "${{ tasks.split.files.parts.files.filter(f, f.name.endsWith('.csv')) }}"
          command: [clean, "${{ item.path }}", "${{ item.size }}"]
          inputs: { part: "${{ item }}" }
        """;

    [Fact]
    public void Each_item_has_its_own_file()
    {
        var run = new RunSimulation(Parts, Pinned);
        run.Start();
        run.End("split", listings: new() { ["parts"] = ["a.csv", "b.txt", "deep/c.csv"] });
        var planned = run.Plan().Create;
        Assert.Equal(["clean a.csv 5", "clean deep/c.csv 10"], planned.Select(p => string.Join(' ', RunSimulation.Command(p.Pod))));
        Assert.Equal(["part sha of a.csv", "part sha of deep/c.csv"], planned.Select(p => string.Join(',', p.Inputs!.Entries.Select(e => $"{e.Key} {e.Value}"))));
        Assert.Equal("""{"sha256":"sha of deep/c.csv","size":10,"name":"c.csv","path":"deep/c.csv"}""", Sorted(RunSimulation.Env(planned[1].Pod, "SLIPWAY_ITEM")!));
    }

    [Fact]
    public void A_list_is_handed_on_to_calls_and_combined_with_others()
    {
        var run = new RunSimulation("""
            - { name: split, command: [split], outputs: { files: { parts: /out/parts } } }
            - { name: all, template: each, with: { of: "${{ tasks.split.files.parts }}" } }
            - { name: fit, command: [fit, "${{ item.model }}"], forEach: { matrix: { part: "${{ tasks.split.files.parts.files }}", model: [x, y] } }, inputs: { part: "${{ item.part }}" } }
            """, Pinned + "\ntemplates: [{ name: each, params: [{ name: of }], tasks: [{ name: one, forEach: \"${{ params.of.files }}\", command: [one], inputs: { in: \"${{ item }}\" } }] }]");
        run.Start();
        run.End("split", listings: new() { ["parts"] = ["a", "b"] });
        Assert.Equal(
            ["all.one[0] sha of a", "all.one[1] sha of b", "fit[0] sha of a", "fit[1] sha of a", "fit[2] sha of b", "fit[3] sha of b"],
            run.Plan().Create.Select(p => $"{RunSimulation.ItemOf(p.Pod)} {Assert.Single(p.Inputs!.Entries).Value}"));
    }

    [Fact]
    public void What_has_no_list_is_told()
    {
        Assert.Equal("clean: forEach must be a list, but is wrong: parts.bin is a file, and only a directory has files; leave a directory; correct forEach or the task that writes the value", Ended(new FileRecord("x", 1, "parts.bin")));
        Assert.Equal("clean: forEach must be a list, but is wrong: parts has 10001 files, and expressions can read a list of 10000; put several into one; correct forEach or the task that writes the value", Ended(new FileRecord("x", 1, "parts", 10001)));
        Assert.Equal("clean: forEach must be a list, but is wrong: which files lie in parts is not known, since it could not be read; run the task again that left it; correct forEach or the task that writes the value", Ended(new FileRecord("x", 1, "parts", 3)));

        static string? Ended(FileRecord left)
        {
            var run = new RunSimulation(Parts, Pinned);
            run.Start();
            run.End("split", files: ["parts"]);
            var attempt = run.Attempts[0] with { Files = new Dictionary<string, FileRecord> { ["parts"] = left } };
            return FlowPlan.For(run.View() with { Attempts = [attempt] }).Status.Message;
        }
    }

    [Theory]
    // Another task that may read files of a directory -> the outputs of split and in the call all that may be read.
    [InlineData("command: [e], forEach: '${{ tasks.split.files.parts.files }}'", "split.parts")]
    [InlineData("command: [e], forEach: \"${{ tasks['split'].files['parts']['files'] }}\"", "split.parts")]
    [InlineData("command: [e, '${{ tasks.split.files.parts.files.size() + tasks.split.files.more.size }}']", "split.parts")]
    [InlineData("command: [e], when: 'tasks.split.files.more.files.size() > 1'", "split.more")]
    [InlineData("command: [e, \"${{ has(tasks.split.files.parts.files) }}\"]", "split.parts")]
    [InlineData("command: [e], forEach: '${{ tasks.many.files.parts[0].files }}'", "many.parts")]
    [InlineData("command: [e], forEach: '${{ [tasks.split.files.parts].map(d, d.files)[0] }}'", "split.parts")]
    [InlineData("command: [e, '${{ item.files.size() }}'], forEach: '${{ [tasks.split.files.more] }}'", "split.more")]
    [InlineData("command: [e], inputs: { p: '${{ [tasks.split.files.parts].map(d, d.files)[0][0] }}' }", "split.parts")]
    [InlineData("template: takes, with: { of: '${{ tasks.split.files.parts }}' }", "")]
    [InlineData("template: reads, with: { of: '${{ tasks.split.files.parts }}' }", "split.parts")]
    [InlineData("template: reads, with: { of: '${{ tasks.split }}' }", "split.parts split.more")]
    [InlineData("template: reads, with: { of: '${{ tasks.inner.files.left }}' }", "inside.dir")]
    [InlineData("command: [e], forEach: '${{ tasks.inner.files.left.files }}'", "inside.dir")]
    [InlineData("command: [e], outputs: { files: { own: /out/o } }, repeat: { limit: 2, until: 'files.own.files.size() > 1' }", "each.own")]
    [InlineData("command: [e, '${{ previous.files.own.files.size() }}'], outputs: { files: { own: /out/o } }, repeat: { limit: 2, until: 'iteration > 1' }", "each.own")]
    [InlineData("command: [e, \"${{ [dyn(tasks.split.files.parts)].map(d, d[run.flow])[0] }}\"]", "split.parts")]
    [InlineData("template: picks, with: { of: '${{ tasks.split.files.parts }}' }", "split.parts")]
    [InlineData("command: [e], inputs: { p: '${{ tasks.many.files.parts[size(run.flow)] }}' }", "")]
    [InlineData("command: [e, '${{ tasks.many.files.parts[size(run.flow)].sha256 }}']", "")]
    [InlineData("command: [e], forEach: '${{ [tasks.split.files.parts] }}'", "")]
    [InlineData("command: [e, '${{ tasks.split.files.parts.size }}']", "")]
    [InlineData("command: [e], inputs: { p: '${{ tasks.split.files.parts }}' }", "")]
    public void Lists_are_recorded_of_what_an_expression_may_read(string each, string expected)
    {
        var isReading = each.Contains("template: reads", StringComparison.Ordinal);
        var read = isReading ? "command: [r, '${{ params.of.files.size() }}']" : "command: [r]";
        var pick = each.Contains("template: picks", StringComparison.Ordinal) ? "command: [r, '${{ params.of[run.flow].size() }}']" : "command: [r]";
        var run = new RunSimulation(
            $$$"""
            - { name: split, command: [s], outputs: { files: { parts: /out/p, more: /out/m } } }
            - { name: many, forEach: [1, 2], command: [m], outputs: { files: { parts: /out/p } } }
            - { name: inner, template: leaves }
            - { name: each, {{{each}}} }
            """,
            Pinned + $$$"""

            templates:
              - { name: leaves, tasks: [{ name: inside, command: [i], outputs: { files: { dir: /out/d, rest: /out/r } } }], outputs: { files: { left: "${{ tasks.inside.files.dir }}" } } }
              - { name: takes, params: [{ name: of }], tasks: [{ name: t, command: [t], inputs: { p: "${{ params.of }}" } }] }
              - { name: reads, params: [{ name: of }], tasks: [{ name: r, {{{read}}} }] }
              - { name: picks, params: [{ name: of }], tasks: [{ name: k, {{{pick}}} }] }
            """);
        foreach (var definition in new[] { RunDefinition.Of(run.Flow), new RunDefinition(new FlowSpec(), new Dictionary<string, FlowSpec> { ["called"] = run.Flow }) })
        {
            string[] outputs = ["split.parts", "split.more", "many.parts", "inside.dir", "inside.rest", "each.own"];
            var found = outputs.Where(o => definition.Listings.Has(o.Split('.')[0], o.Split('.')[1]));
            Assert.Equal(expected, string.Join(' ', found));
        }
    }

    [Fact]
    public async Task The_list_is_read_from_the_store_recorded_and_handed_to_pods()
    {
        await using var flows = await FlowCluster.StartAsync();
        await flows.ApplyAsync($"apiVersion: slipway.dev/v1alpha1\nkind: Flow\nmetadata: {{ name: f }}\nspec:\n  {Pinned}\n  tasks:\n    {Parts.Replace("\n", "\n    ", StringComparison.Ordinal).Replace(".csv", "s", StringComparison.Ordinal).Replace("f.name.endsWith('s')", "f.size > 0", StringComparison.Ordinal)}\n");
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1 }, spec: { flow: f } }");
        await flows.EndAsync((await flows.PodsAsync("split"))[0], directories: ["parts"]);
        var pods = await flows.PodsAsync("clean[0]", "clean[1]");
        Assert.Equal(["clean below/second 15", "clean first 14"], pods.Select(p => string.Join(' ', RunSimulation.Command(p))).Order(StringComparer.Ordinal));
        var run = await flows.RunAsync("f-1", r => r.Status?.Counts?.Running == 2);
        var left = flows.Ledger.Read.Attempts(run.Metadata.Uid).Single().Files["parts"];
        Assert.Equal(["below/second", "first"], left.Listing!.Files.Select(f => f.Path));
        var inputs = InputManifest.Parse((await flows.Store.ReadAsync(AttemptReader.InputHash(pods[0])!, CancellationToken.None))!.ToArray());
        Assert.Contains(Assert.Single(inputs.Entries).Value, left.Listing.Files.Select(f => f.Sha256));
        foreach (var pod in pods)
            await flows.EndAsync(pod);
        Assert.Equal(FlowPhase.Succeeded, (await flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase))).Status!.Phase);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(", fakes: {}", true)]
    public async Task Checks_of_a_test_may_read_any_list(string more, bool isListed)
    {
        await using var flows = await FlowCluster.StartAsync();
        await flows.ApplyAsync($"{{ apiVersion: slipway.dev/v1alpha1, kind: Flow, metadata: {{ name: f }}, spec: {{ {Pinned}, tasks: [{{ name: split, command: [s], outputs: {{ files: {{ parts: /out/p }} }} }}, {{ name: after, needs: [split], command: [a] }}] }} }}");
        await flows.ApplyAsync($"{{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: {{ name: f-1 }}, spec: {{ flow: f{more} }} }}");
        await flows.EndAsync((await flows.PodsAsync("split"))[0], directories: ["parts"]);
        var run = await flows.RunAsync("f-1", r => r.Status?.Counts?.Succeeded > 0);
        Assert.Equal(isListed, flows.Ledger.Read.Attempts(run.Metadata.Uid).Single(a => a.Task == "split").Files["parts"].Listing is not null);
    }

    private static string Sorted(string json)
    {
        var map = JsonNode.Parse(json)!.AsObject();
        return new JsonObject(new[] { "sha256", "size", "name", "path" }.Select(k => KeyValuePair.Create(k, map[k]?.DeepClone()))).ToJsonString();
    }
}
