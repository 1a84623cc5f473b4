using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public class FlowPlanTests
{
    [Theory]
    [InlineData("command: [x, \"${{ params.big }}\"]", 131_071, null)]
    [InlineData("command: [x, \"${{ params.big }}\"]", 131_072, "a: command[1] has 131072 bytes, and Linux takes 131071 as one argument; hand it on as a file, by outputs.files and inputs")]
    [InlineData("command: [x], args: [\"${{ params.big }}\"]", 131_072, "a: args[0] has 131072 bytes")]
    [InlineData("command: [x], env: [{ name: BIG, value: \"${{ params.big }}\" }]", 131_067, null)]
    [InlineData("command: [x], env: [{ name: BIG, value: \"${{ params.big }}\" }]", 131_068, "a: env BIG has 131072 bytes, and Linux takes 131071 as one variable")]
    [InlineData("command: [x], forEach: [\"${{ params.big }}\"]", 131_072, "a[0]: the item of forEach has 131085 bytes")]
    [InlineData("steps: [{ name: s, command: [\"${{ params.big }}\"] }, { name: t, command: [t] }]", 131_072, "a: steps s has 131072 bytes")]
    [InlineData("command: [x], sidecars: [{ name: s, image: y, args: [\"${{ params.big }}\"] }]", 131_072, "a: sidecars s has 131072 bytes")]
    public void What_is_too_long_for_an_argument_or_variable_fails_its_task_before_there_is_a_pod(string task, int size, string? message)
    {
        var run = new RunSimulation($"- {{ name: a, retries: {{ limit: 3 }}, {task} }}", "defaults: { image: 'x@sha256:00' }\nparams: [{ name: big }]");
        run.Params["big"] = new string('x', size);
        var started = run.Start();
        if (message is null)
        {
            // All parameters together are longer, and the task may need none of them by that name.
            Assert.Null(RunSimulation.Env(run.Pod(Assert.Single(started)), "SLIPWAY_PARAMS"));
            return;
        }

        Assert.Empty(started);
        Assert.Equal(FlowPhase.Failed, run.Plan().Status.Phase);
        Assert.StartsWith(message, run.Plan().Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tasks_run_in_the_order_of_their_references()
    {
        var run = new RunSimulation("""
            - { name: c, command: [c], needs: [b] }
            - { name: a, command: [a], outputs: { values: { v: /out/v } } }
            - { name: b, command: [b, "${{ tasks.a.values.v }}"] }
            """);
        Assert.Equal(["a"], run.Start());
        Assert.Empty(run.Start());
        run.End("a", values: new() { ["v"] = "\"hello\"" });
        Assert.Equal(["b"], run.Start());
        Assert.Equal(["b", "hello"], RunSimulation.Command(run.Pod("b")));
        run.End("b");
        Assert.Equal(["c"], run.Start());
        Assert.Equal((FlowPhase.Running, "2/3"), (run.Plan().Status.Phase, run.Plan().Status.Progress));
        run.End("c");
        var status = run.Plan().Status;
        Assert.Equal((FlowPhase.Succeeded, "3/3", null), (status.Phase, status.Progress, status.Message));
        Assert.NotNull(status.CompletionTime);
    }

    [Fact]
    public void A_pod_has_what_the_contract_of_a_task_says()
    {
        var run = new RunSimulation("""
            - name: a
              command: [tool, --day, "${{ params.day }}", "n=${{ params.n }}, ${{ params.list }}"]
              args: ["$$x", "$(SLIPWAY_RUN)", "$(date)"]
              env: [{ name: DAY, value: "${{ params.day }}" }, { name: KEY, valueFrom: { secretKeyRef: { name: s, key: k } } }]
              outputs: { files: { f: /out/f.bin }, values: { v: /out/v.json } }
              timeout: 90s
              runAsUser: 1000
            """, "params: [{ name: day }, { name: n }, { name: list }]\ndefaults: { image: 'x:1', resources: { cpu: 500m, memory: 256Mi }, env: [{ name: DAY, value: no }, { name: MODE, value: fast }] }");
        run.Params["day"] = "2001-01-01";
        run.Params["n"] = 3;
        run.Params["list"] = new JsonArray(1, "b");
        run.Start();
        var pod = run.Pod("a");
        var container = pod.Spec.Containers[0];

        Assert.Equal(
            ["/slipway/slipway-task", "run", "--file", "f=/out/f.bin", "--value", "v=/out/v.json", "--",
                "tool", "--day", "2001-01-01", "n=3, [1,\"b\"]", "$$$$x", "$$(SLIPWAY_RUN)", "$$(date)"],
            container.Command);
        Assert.Equal(("f-1", "a", "1"), (RunSimulation.Env(pod, "SLIPWAY_RUN"), RunSimulation.Env(pod, "SLIPWAY_TASK"), RunSimulation.Env(pod, "SLIPWAY_ATTEMPT")));
        Assert.Equal("""{"day":"2001-01-01","n":3,"list":[1,"b"]}""", RunSimulation.Env(pod, "SLIPWAY_PARAMS"));
        Assert.Null(RunSimulation.Env(pod, "SLIPWAY_ITEM"));
        Assert.Equal(("2001-01-01", "fast"), (RunSimulation.Env(pod, "DAY"), RunSimulation.Env(pod, "MODE")));
        Assert.Equal("k", container.Env.Single(e => e.Name == "KEY").ValueFrom.SecretKeyRef.Key);
        Assert.Equal(("500m", "256Mi"), (container.Resources.Requests["cpu"].ToString(), container.Resources.Requests["memory"].ToString()));
        Assert.Equal(["memory"], container.Resources.Limits.Keys);
        Assert.Equal(90, pod.Spec.ActiveDeadlineSeconds);
        Assert.Equal((1000L, true), (pod.Spec.SecurityContext.RunAsUser, pod.Spec.SecurityContext.RunAsNonRoot));
        Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
        Assert.Equal("Never", pod.Spec.RestartPolicy);
        Assert.Equal(["slipway.dev/recorded"], pod.Metadata.Finalizers);
        Assert.Equal(("FlowRun", "f-1", "uid-1", true), pod.Metadata.OwnerReferences.Select(o => (o.Kind, o.Name, o.Uid, o.Controller)).Single());
        Assert.Equal(["/slipway", "/out"], container.VolumeMounts.Select(m => m.MountPath));

        run.End("a", files: ["f"], values: new() { ["v"] = "1" });
        Assert.Equal(["tool", "--day", "2001-01-01", "n=3, [1,\"b\"]", "$$x", "$(SLIPWAY_RUN)", "$(date)"], run.Attempts[0].Command);
    }

    [Fact]
    public void Numbers_that_are_handed_on_keep_their_digits()
    {
        const string Written = """{"id":12345678901234567890,"far":12345678901234567890123,"f":1.0,"g":1.10,"e":1e5}""";
        var run = new RunSimulation("""
            - { name: a, command: [a], outputs: { values: { v: /out/v } } }
            - name: b
              command: ["${{ tasks.a.values.v }}", "${{ tasks.a.values.v.id }}", "x${{ tasks.a.values.v.far }}", "${{ tasks.a.values.v.id + 1u }}", "${{ tasks.a.values.v.g + 1.0 }}", "${{ params.p }}"]
            - { name: c, forEach: "${{ [tasks.a.values.v.far, tasks.a.values.v.id] }}", command: [c, "${{ item }}"] }
            - { name: d, template: t, with: { list: ["${{ tasks.a.values.v.far }}", 1.50] } }
            """, "params: [{ name: p }]\ndefaults: { image: 'x@sha256:00' }\ntemplates: [{ name: t, params: [{ name: list }], tasks: [{ name: e, command: [e, '${{ params.list }}'] }] }]");
        run.Params["p"] = JsonNode.Parse("""[1.10,18446744073709551615,1e999]""");
        run.Start();
        run.End("a", values: new() { ["v"] = Written });
        run.Start();
        Assert.Equal(
            [Written, "12345678901234567890", "x12345678901234567890123", "12345678901234567891", "2.1", "[1.10,18446744073709551615,1e999]"],
            RunSimulation.Command(run.Pod("b")));
        Assert.Equal("""{"p":[1.10,18446744073709551615,1e999]}""", RunSimulation.Env(run.Pod("b"), "SLIPWAY_PARAMS"));
        Assert.Equal(("12345678901234567890123", "12345678901234567890"), (RunSimulation.Command(run.Pod("c[0]"))[1], RunSimulation.Command(run.Pod("c[1]"))[1]));
        Assert.Equal("12345678901234567890123", RunSimulation.Env(run.Pod("c[0]"), "SLIPWAY_ITEM"));
        Assert.Equal("[12345678901234567890123,1.50]", RunSimulation.Command(run.Pod("d.e"))[1]);
    }

    [Fact]
    public void A_task_with_forEach_runs_once_for_each_item_within_its_parallelism()
    {
        var run = new RunSimulation("""
            - { name: list, command: [l], outputs: { values: { days: /out/d } } }
            - name: work
              forEach: "${{ tasks.list.values.days }}"
              parallelism: 2
              command: [w, "${{ item }}", "${{ item.day }}"]
              outputs: { files: { part: /out/part.bin } }
            - { name: join, command: [j], inputs: { parts: "${{ tasks.work.files.part }}", one: "${{ tasks.work.files.part[1] }}" } }
            """);
        run.Start();
        run.End("list", values: new() { ["days"] = """[{"day":1},{"day":2},{"day":3}]""" });
        Assert.Equal(["work[0]", "work[1]"], run.Start());
        Assert.Equal(["w", """{"day":1}""", "1"], RunSimulation.Command(run.Pod("work[0]")));
        Assert.Equal("""{"day":2}""", RunSimulation.Env(run.Pod("work[1]"), "SLIPWAY_ITEM"));
        Assert.Empty(run.Start());
        run.End("work[1]", files: ["part"]);
        Assert.Equal(["work[2]"], run.Start());
        run.End("work[0]", files: ["part"]);
        run.End("work[2]", files: ["part"]);

        var join = Assert.Single(run.Plan().Create);
        Assert.Equal(
            [new("one", "sha-work[1]-part"), new("parts/", ""), new("parts/00000-part.bin", "sha-work[0]-part"), new("parts/00001-part.bin", "sha-work[1]-part"), new("parts/00002-part.bin", "sha-work[2]-part")],
            join.Inputs!.Entries);
        Assert.Equal(join.Inputs.Sha256, AttemptReader.InputHash(join.Pod));
        Assert.Contains(join.Pod.Spec.Containers[0].VolumeMounts, m => m is { MountPath: "/in", ReadOnlyProperty: true });
    }

    [Fact]
    public void A_directory_is_mounted_as_one_alone_and_among_those_of_items()
    {
        var run = new RunSimulation("""
            - { name: a, forEach: [x, y], command: [a], outputs: { files: { m: /out/m } } }
            - { name: one, command: [b], outputs: { files: { d: /out/d } } }
            - { name: c, command: [c], inputs: { all: "${{ tasks.a.files.m }}", one: "${{ tasks.one.files.d }}", second: "${{ tasks.a.files.m[1] }}" } }
            """);
        run.Start();
        run.End("a[0]", directories: ["m"]);
        run.Start(); // the first pod has told which image it is
        run.End("a[1]", directories: ["m"]);
        run.End("one", directories: ["d"]);
        Assert.Equal(
            [new("all/", ""), new("all/00000-m/", "sha-a[0]-m"), new("all/00001-m/", "sha-a[1]-m"), new("one/", "sha-one-d"), new("second/", "sha-a[1]-m")],
            run.Plan().Create[0].Inputs!.Entries);
    }

    [Fact]
    public void Files_can_be_the_items_of_a_forEach()
    {
        var run = new RunSimulation("""
            - { name: a, forEach: [1, 2], command: [a], outputs: { files: { f: /out/f.bin } } }
            - { name: b, forEach: "${{ tasks.a.files.f }}", command: [b, "${{ item.name }}"], inputs: { f: "${{ item }}" } }
            """);
        run.Start();
        run.Running("a[0]");
        run.Start();
        run.End("a[0]", files: ["f"]);
        run.End("a[1]", files: ["f"]);
        Assert.Equal(["b[0]", "b[1]"], run.Plan().Create.Select(p => RunSimulation.ItemOf(p.Pod)));
        Assert.Equal([new("f", "sha-a[1]-f")], run.Plan().Create[1].Inputs!.Entries);
    }

    [Fact]
    public void An_empty_forEach_succeeds()
    {
        var run = new RunSimulation("""
            - { name: a, forEach: [], command: [a], outputs: { files: { f: /out/f } } }
            - { name: b, command: [b], inputs: { all: "${{ tasks.a.files.f }}" } }
            """);
        Assert.Equal(["b"], run.Start());
        Assert.Equal(FlowPhase.Succeeded, run.Plan().Status.Tasks![0].Phase);
    }

    [Fact]
    public void The_first_pod_of_an_image_pins_it_for_all_others()
    {
        var run = new RunSimulation("""
            - { name: a, forEach: [1, 2, 3], command: [a] }
            - { name: b, command: [b], image: "y:2" }
            - { name: c, command: [c], image: "z@sha256:0000" }
            """);
        Assert.Equal(["a[0]", "b", "c"], run.Start());
        Assert.Equal("x:1", run.Pod("a[0]").Spec.Containers[0].Image);
        Assert.Empty(run.Start());
        run.Running("a[0]");
        Assert.Equal(["a[1]", "a[2]"], run.Start());
        Assert.Equal(RunSimulation.Digest, run.Pod("a[1]").Spec.Containers[0].Image);
        Assert.Equal("x:1", run.Pod("a[1]").Metadata.Annotations[FlowNames.ImageAnnotation]);
        Assert.Equal(RunSimulation.Digest, run.Plan().Status.Images!["x:1"]);

        run.End("a[1]");
        Assert.Equal(("x:1", RunSimulation.Digest), (run.Attempts[0].Image, run.Attempts[0].ImageDigest));
    }

    [Fact]
    public void A_failed_task_skips_its_dependants_unless_they_have_a_when()
    {
        var run = new RunSimulation("""
            - { name: a, forEach: [1, 2], command: [a] }
            - { name: b, command: [b], needs: [a] }
            - { name: c, command: [c], needs: [b] }
            - { name: d, command: [d], when: "tasks.a.succeeded == 1 && tasks.a.failed == 1 && tasks.a.phase == 'Failed'" }
            - { name: e, command: [e], when: "tasks.a.failed == 0" }
            - { name: f, command: [f] }
            """);
        run.Start();
        run.Running("a[0]");
        run.Start();
        run.End("a[0]");
        run.End("a[1]", exitCode: 3, reason: "Error");
        Assert.Equal(["d"], run.Start());
        run.End("d");
        run.End("f");
        var status = run.Plan().Status;
        Assert.Equal([FlowPhase.Failed, FlowPhase.Skipped, FlowPhase.Skipped, FlowPhase.Succeeded, FlowPhase.Skipped, FlowPhase.Succeeded], status.Tasks!.Select(t => t.Phase));
        Assert.Equal("b was skipped because a failed", status.Tasks![1].Message);
        Assert.Equal("e was skipped: when is false", status.Tasks[4].Message);
        Assert.Equal((FlowPhase.Failed, "a[1] ended with exit code 3; see slipway logs f-1 'a[1]'"), (status.Phase, status.Message));
        Assert.Equal((3, 1, 3, 7), (status.Counts!.Succeeded, status.Counts.Failed, status.Counts.Skipped, status.Counts.Total));
    }

    [Fact]
    public void Retries_wait_ever_longer_and_end_at_the_limit()
    {
        var run = new RunSimulation("- { name: a, command: [a], retries: { limit: 2, backoff: 10s } }");
        run.Start();
        run.End("a", exitCode: 1, reason: "Error");
        Assert.Empty(run.Start());
        Assert.Equal(run.Now.AddSeconds(10), run.Plan().NextDeadline);
        Assert.Equal((FlowPhase.Pending, 1), (run.Plan().Status.Tasks![0].Items![0].Phase, run.Plan().Status.Tasks![0].Items![0].Attempts));

        run.Now = run.Now.AddSeconds(10);
        Assert.Equal(["a"], run.Start());
        Assert.Equal("2", RunSimulation.Env(run.Pod("a"), "SLIPWAY_ATTEMPT"));
        run.End("a", exitCode: 1, reason: "Error");
        Assert.Equal(run.Now.AddSeconds(20), run.Plan().NextDeadline);
        run.Now = run.Now.AddSeconds(20);
        run.Start();
        run.End("a", exitCode: 1, reason: "Error");
        Assert.Equal((FlowPhase.Failed, "a ended with exit code 1; see slipway logs f-1 a (after 3 attempts)"), (run.Plan().Status.Phase, run.Plan().Status.Message));
    }

    [Fact]
    public void Memory_is_raised_up_to_the_limit_and_counts_as_no_retry()
    {
        var run = new RunSimulation("- { name: a, forEach: [x], command: [a], resources: { memory: 256Mi }, onOutOfMemory: { factor: 3, limit: 1Gi } }");
        string Limit() => run.Pod("a[0]").Spec.Containers[0].Resources.Limits["memory"].ToString();
        run.Start();
        Assert.Equal("256Mi", Limit());
        run.End("a[0]", exitCode: 137, reason: "OutOfMemory");
        Assert.Equal("a[0] was killed at its 256Mi limit; trying again with 768Mi", run.Attempts[^1].Message);
        Assert.Equal(["a[0]"], run.Start());
        Assert.Equal("768Mi", Limit());
        run.End("a[0]", exitCode: 137, reason: "OutOfMemory");
        run.Start();
        Assert.Equal("1Gi", Limit());
        run.End("a[0]", exitCode: 137, reason: "OutOfMemory");
        Assert.Empty(run.Start());
        Assert.Equal("a[0] was killed at its 1Gi limit, which is the most that onOutOfMemory allows; raise onOutOfMemory.limit", run.Plan().Status.Message);
    }

    [Fact]
    public void Learnt_memory_is_what_a_later_run_starts_with()
    {
        var run = new RunSimulation("- { name: a, forEach: [x, y], command: [a], image: 'x@sha256:00', resources: { memory: 256Mi }, onOutOfMemory: { limit: 1Gi } }");
        run.Learnt[("a", "y")] = 512 << 20;
        run.Enough[("a", "x")] = 256 << 20;
        run.Start();
        Assert.Equal("256Mi", run.Pod("a[0]").Spec.Containers[0].Resources.Limits["memory"].ToString());
        Assert.Equal("512Mi", run.Pod("a[1]").Spec.Containers[0].Resources.Limits["memory"].ToString());
    }

    [Fact]
    public void Without_a_policy_a_kill_for_memory_fails_at_once_and_says_what_to_change()
    {
        var run = new RunSimulation("- { name: clean, forEach: [a, b, c, d], image: 'x@sha256:00', command: [a], retries: { limit: 5 }, resources: { memory: 256Mi } }");
        run.Start();
        foreach (var i in new[] { 0, 1, 2 })
            run.End($"clean[{i}]");
        run.EndWithout("clean[3]", new V1PodStatus
        {
            Phase = "Failed",
            ContainerStatuses = [new V1ContainerStatus { Name = "task", State = new V1ContainerState { Terminated = new V1ContainerStateTerminated { ExitCode = 137, Reason = "OOMKilled" } } }],
        });
        Assert.Equal("clean[3] was killed at its 256Mi limit; raise resources.memory or set onOutOfMemory", run.Plan().Status.Message);
        Assert.Equal(FlowPhase.Failed, run.Plan().Status.Phase);
    }

    [Theory]
    [InlineData("nope", "forEach must be a list, but is string")]
    [InlineData("{\"a\":1}", "forEach must be a list, but is map")]
    public void A_forEach_over_no_list_fails(string value, string message)
    {
        var run = new RunSimulation("""
            - { name: a, command: [a], outputs: { values: { v: /out/v } } }
            - { name: b, command: [b], forEach: "${{ tasks.a.values.v }}" }
            - { name: c, command: [c], needs: [b] }
            """);
        run.Start();
        run.End("a", values: new() { ["v"] = value.StartsWith('{') ? value : $"\"{value}\"" });
        var status = run.Plan().Status;
        Assert.Contains(message, status.Message, StringComparison.Ordinal);
        Assert.Equal((FlowPhase.Failed, FlowPhase.Skipped), (status.Phase, status.Tasks![2].Phase));
    }

    [Fact]
    public void An_expression_without_value_fails_its_item_and_the_run_ends()
    {
        var run = new RunSimulation("""
            - { name: a, forEach: [{ k: 1 }, {}], image: 'x@sha256:00', command: [a, "${{ item.k }}"] }
            - { name: b, command: [b], needs: [a] }
            """);
        Assert.Equal(["a[0]"], run.Start());
        run.End("a[0]");
        var status = run.Plan().Status;
        Assert.Equal((FlowPhase.Failed, "a[1]: command[1] has no value: no such key: k; correct ${{ item.k }}"), (status.Phase, status.Message));
        Assert.Equal(FlowPhase.Skipped, status.Tasks![1].Phase);
    }

    [Fact]
    public void Status_holds_at_most_200_items_and_prefers_those_that_run_or_failed()
    {
        var run = new RunSimulation("- { name: a, forEach: \"${{ params.items }}\", image: 'x@sha256:00', command: [a] }", "params: [{ name: items }]");
        run.Params["items"] = new JsonArray([.. Enumerable.Range(0, 300).Select(i => (JsonNode)i)]);
        Assert.Equal(300, run.Start().Count);
        for (var i = 0; i < 250; i++)
            run.End($"a[{i}]", exitCode: i == 100 ? 1 : 0, reason: i == 100 ? "Error" : "");
        var task = run.Plan().Status.Tasks![0];
        Assert.Equal(200, task.Items!.Count);
        Assert.Equal(50, task.Items.Count(i => i.Phase == FlowPhase.Running));
        Assert.Contains(task.Items, i => i is { Index: 100, Phase: FlowPhase.Failed });
        Assert.Equal(task.Items.Select(i => i.Index).Order(), task.Items.Select(i => i.Index));
        Assert.Equal((300, 249, 1, 50), (task.Counts!.Total, task.Counts.Succeeded, task.Counts.Failed, task.Counts.Running));
    }

    [Fact]
    public void Planning_again_from_the_same_view_gives_the_same()
    {
        var run = new RunSimulation("- { name: a, forEach: [1, 2, 3], image: 'x@sha256:00', command: [a] }");
        Assert.Equal(run.Plan().Create.Select(p => p.Pod.Metadata.Name), run.Plan().Create.Select(p => p.Pod.Metadata.Name));
        Assert.Equal(3, run.Plan().Create.Select(p => p.Pod.Metadata.Name).Distinct().Count());
    }

    [Theory]
    [InlineData("f-1", "a", 1)]
    [InlineData("f-1", "etl[2].clean[5]@3", 1)]
    [InlineData("a-run-with-a-name-that-is-as-long-as-names-of-runs-may-ever-be1", "a-task-with-a-name-of-forty-characters-x[99999]", 12)]
    [InlineData("a-run-with-a-name-that-is-as-long-as-names-of-runs-may-ever-be1", "etl.a-task-with-a-name-of-forty-characters-x[99999]", 100)]
    public void Pod_names_fit_into_a_label(string run, string text, int attempt)
    {
        var path = TaskPath.TryParse(text)!;
        var name = FlowNames.Pod(run, "uid", path, attempt);
        Assert.InRange(name.Length, 1, 63);
        Assert.Matches("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", name);
        Assert.NotEqual(name, FlowNames.Pod(run, "other", path, attempt));
        Assert.NotEqual(name, FlowNames.Pod(run, "uid", path, attempt + 1));
    }
}
