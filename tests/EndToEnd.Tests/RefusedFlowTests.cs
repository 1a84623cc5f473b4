using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>Flows that are wrong are refused before anything runs: one sentence on stderr with the place and what to do.</summary>
public sealed class RefusedFlowTests(ClusterFixture cluster)
{
    private readonly SlipwayCli slipway = cluster.Slipway;

    [Fact]
    public async Task A_cycle_is_named()
    {
        var result = await slipway.RunFlowAsync("cycle", """
            - { name: hen, command: ["true"], needs: [egg] }
            - { name: egg, command: ["true"], needs: [hen] }
            """);

        Refused(result, "hen", "egg");
    }

    [Fact]
    public async Task An_unknown_reference_is_named() =>
        Refused(await slipway.RunFlowAsync("reference", """- { name: one, command: [echo, "${{ tasks.zero.values.x }}"] }"""), "zero", "tasks[0]");

    [Fact]
    public async Task An_unknown_parameter_is_named() =>
        Refused(await slipway.RunFlowAsync("parameter", """- { name: one, command: [echo, "${{ params.sinse }}"] }"""), "sinse");

    [Fact]
    public async Task An_unknown_field_is_named_with_the_nearest_known_one() =>
        Refused(await slipway.RunFlowAsync("field", """- { name: one, command: ["true"], forEech: [1] }"""), "forEech", "forEach");

    [Fact]
    public async Task A_wrong_type_is_named() =>
        Refused(await slipway.RunFlowAsync("type", """- { name: one, command: ["true"], parallelism: many }"""), "parallelism");

    [Fact]
    public async Task Malformed_YAML_is_shown_with_its_position()
    {
        var file = Path.Combine(slipway.Home, "malformed.yaml");
        await File.WriteAllTextAsync(file, "apiVersion: slipway.dev/v1alpha1\nkind: Flow\nmetadata: { name: malformed\nspec: [\n", TestContext.Current.CancellationToken);

        Refused(await slipway.RunAsync("apply", "-f", file), "malformed.yaml", "line");
    }

    [Fact]
    public async Task Malformed_JSON_is_shown_with_its_position() =>
        Refused(await slipway.RunWithInputAsync("{\n  \"apiVersion\": \"v1\",\n  \"kind\" \"ConfigMap\"\n}", "apply", "-f", "-"), "line 3");

    [Fact]
    public async Task Malformed_JSON_in_a_request_is_shown_with_its_position()
    {
        var file = Path.Combine(slipway.Home, "malformed.json");
        await File.WriteAllTextAsync(file, "{\n  \"apiVersion\": \"v1\",,\n}", TestContext.Current.CancellationToken);

        Refused(await slipway.KubectlAsync("create", "--raw", "/api/v1/namespaces/default/configmaps", "-f", file), "line 2");
    }

    [Fact]
    public async Task An_unknown_field_of_a_built_in_kind_is_named_with_the_nearest_known_one() =>
        Refused(await slipway.RunWithInputAsync("""
            apiVersion: v1
            kind: Pod
            metadata: { name: typo }
            spec: { containers: [{ name: main, imige: x }] }
            """, "apply", "-f", "-"), "imige", "image");

    private static void Refused(CommandResult result, params string[] said)
    {
        Assert.NotEqual(0, result.ExitCode);
        Assert.All(said, text => Assert.Contains(text, result.Error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);   // no stack trace
    }
}
