using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>Runs that fail end with exit code 1 and say why in a line, with what to change.</summary>
public sealed class FailingRunTests(ClusterFixture cluster)
{
    private readonly SlipwayCli slipway = cluster.Slipway;

    [Fact]
    public async Task A_command_that_fails_is_named_with_its_exit_code_and_its_log_can_be_read()
    {
        var result = await slipway.RunFlowAsync("fails", """- { name: one, command: [sh, -c, "echo a word; exit 3"] }""");

        Failed(result, "exit code 3");
        var run = await slipway.OnlyRunAsync("fails");
        Assert.Contains("a word", (await slipway.RunAsync("logs", (string)run["metadata"]!["name"]!, "one")).Expect().Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_does_not_exist_is_named() =>
        Failed(await slipway.RunFlowAsync("command", """- { name: one, command: [no-such-program] }"""), "no-such-program");

    [Fact]
    public async Task An_image_that_does_not_exist_is_named() =>
        Failed(await slipway.RunFlowAsync("image", """- { name: one, command: ["true"] }""", image: "slipway.local/missing:1"), "slipway.local/missing:1");

    [Fact]
    public async Task A_registry_that_refuses_is_named()
    {
        await using var registry = RefusingRegistry.Start();

        Failed(await slipway.RunFlowAsync("registry", """- { name: one, command: ["true"] }""", image: $"{registry.Address}/private:1"), $"{registry.Address}/private:1");
        Assert.True(registry.Requests > 0);
    }

    [Fact]
    public async Task An_output_that_is_not_there_is_named() =>
        Failed(await slipway.RunFlowAsync("output", """- { name: one, command: ["true"], outputs: { files: { table: /out/table.csv } } }"""), "/out/table.csv");

    [Fact]
    public async Task A_kill_at_the_memory_limit_says_what_to_change() =>
        Failed(await slipway.RunFlowAsync("memory", """
            - name: hungry
              command: [sh, -c, "head -c 100000000 /dev/zero | tail"]
              resources: { memory: 32Mi }
            """), "hungry was killed at its 32Mi limit", "resources.memory");

    [Fact]
    public async Task A_task_that_takes_too_long_is_ended() =>
        Failed(await slipway.RunFlowAsync("timed-out", """- { name: slow, command: [sleep, "60"], timeout: 2s }"""), "slow", "timeout");

    [Fact]
    public async Task What_depends_on_a_failed_task_is_skipped_and_the_rest_runs()
    {
        (await slipway.RunFlowAsync("skips", """
            - { name: bad, command: ["false"] }
            - { name: after, command: ["true"], needs: [bad] }
            - { name: beside, command: ["true"] }
            - { name: always, command: ["true"], needs: [bad], when: "tasks.bad.failed > 0" }
            """)).Expect(1);

        var tasks = (await slipway.OnlyRunAsync("skips"))["status"]!["tasks"]!.AsArray();
        Assert.Equal(["bad Failed", "after Skipped", "beside Succeeded", "always Succeeded"], tasks.Select(task => $"{task!["name"]} {task["phase"]}"));
    }

    [Fact]
    public async Task A_failed_task_is_tried_again_as_often_as_it_says()
    {
        (await slipway.RunFlowAsync("retried", """
            - name: flaky
              command: [sh, -c, "test $SLIPWAY_ATTEMPT = 3"]
              retries: { limit: 2, backoff: 100ms }
            """)).Expect();

        Assert.Equal([1, 2, 3], (await slipway.AttemptsAsync("retried")).Select(attempt => (int)attempt["attempt"]!));
    }

    private static void Failed(CommandResult result, params string[] said)
    {
        result.Expect(1);
        Assert.All(said, text => Assert.Contains(text, result.Out + result.Error, StringComparison.Ordinal));
    }
}
