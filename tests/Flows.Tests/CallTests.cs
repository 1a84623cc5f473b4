using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public class CallTests
{
    private const string Header = """
        defaults: { image: 'x@sha256:00' }
        templates:
          - name: etl
            params: [{ name: day }, { name: raw }, { name: mode, default: fast }]
            tasks:
              - { name: split, command: [split, "${{ params.day }}", "${{ params.mode }}"], inputs: { raw: "${{ params.raw }}" }, outputs: { values: { parts: /out/p } } }
              - { name: clean, forEach: "${{ tasks.split.values.parts }}", command: [clean, "${{ item }}"], outputs: { files: { f: /out/f.bin } } }
              - { name: count, command: [count, "${{ tasks.clean.succeeded }}"], outputs: { values: { n: /out/n } } }
            outputs: { files: { all: "${{ tasks.clean.files.f }}" }, values: { n: "${{ tasks.count.values.n }}" } }
        """;

    private const string Tasks = """
        - { name: raw, command: [r], outputs: { files: { raw: /out/raw.bin } } }
        - { name: days, template: etl, forEach: [mon, tue], with: { day: "${{ item }}", raw: "${{ tasks.raw.files.raw }}" } }
        - { name: report, command: [report, "${{ tasks.days.values.n }}"], inputs: { parts: "${{ tasks.days.files.all }}" } }
        """;

    [Fact]
    public void A_template_is_run_once_for_each_item_with_what_it_is_given()
    {
        var run = new RunSimulation(Tasks, Header);
        Assert.Equal(["raw"], run.Start());
        run.End("raw", files: ["raw"]);
        Assert.Equal(["days[0].split", "days[1].split"], run.Start());
        var split = run.Pod("days[1].split");
        Assert.Equal(["split", "tue", "fast"], RunSimulation.Command(split));
        Assert.Equal("""{"day":"tue","mode":"fast"}""", RunSimulation.Env(split, "SLIPWAY_PARAMS"));
        Assert.Equal(("days.split", "split"), (RunSimulation.Env(split, "SLIPWAY_TASK"), split.Metadata.Labels[FlowNames.TaskLabel]));

        run.End("days[0].split", values: new() { ["parts"] = "[1,2]" });
        run.End("days[1].split", values: new() { ["parts"] = "[3]" });
        Assert.Equal(["days[0].clean[0]", "days[0].clean[1]", "days[1].clean[0]"], run.Start());
        var status = run.Plan().Status;
        Assert.Equal(["raw", "days", "days.split", "days.clean", "report"], status.Tasks!.Select(t => t.Name).Where(n => n != "days.count"));
        Assert.Equal([("days[0].clean[0]", 0), ("days[0].clean[1]", 1), ("days[1].clean[0]", 0)], status.Tasks!.Single(t => t.Name == "days.clean").Items!.Select(i => (i.Path, i.Index ?? -1)));
        Assert.Equal((3, 3, 0, "3/9"), (status.Counts!.Running, status.Counts.Pending, status.Counts.Failed, status.Progress));

        foreach (var item in new[] { "days[0].clean[0]", "days[0].clean[1]", "days[1].clean[0]" })
            run.End(item, files: ["f"]);
        Assert.Equal(["days[0].count", "days[1].count"], run.Start());
        Assert.Equal(["count", "2"], RunSimulation.Command(run.Pod("days[0].count")));
        run.End("days[0].count", values: new() { ["n"] = "20" });
        run.End("days[1].count", values: new() { ["n"] = "10" });

        var report = Assert.Single(run.Plan().Create);
        Assert.Equal(["report", "[20,10]"], RunSimulation.Command(report.Pod));
        Assert.Equal(
            ["parts/", "parts/00000/", "parts/00000/00000-f.bin", "parts/00000/00001-f.bin", "parts/00001/", "parts/00001/00000-f.bin"],
            report.Inputs!.Entries.Select(e => e.Key));
        run.Start();
        run.End("report");
        Assert.Equal((FlowPhase.Succeeded, "9/9"), (run.Plan().Status.Phase, run.Plan().Status.Progress));
        Assert.Equal(9, run.Pods.Select(p => p.Metadata.Name).Distinct().Count());
    }

    [Fact]
    public void A_failure_in_a_call_fails_the_call_and_retries_happen_in_it()
    {
        var run = new RunSimulation("""
            - { name: a, template: t, forEach: [1, 2], with: { n: "${{ item }}" } }
            - { name: b, command: [b], needs: [a] }
            - { name: c, command: [c, "${{ tasks.a.values.v }}"], when: "tasks.a.failed == 1 && tasks.a.succeeded == 1" }
            """, """
            defaults: { image: 'x@sha256:00' }
            templates:
              - name: t
                params: [{ name: n }]
                tasks: [{ name: x, command: [x, "${{ params.n }}"], retries: { limit: 1, backoff: 1s }, outputs: { values: { v: /out/v } } }]
            """);
        Assert.Equal(["a[0].x", "a[1].x"], run.Start());
        run.End("a[0].x", exitCode: 1, reason: "Error");
        run.End("a[1].x", values: new() { ["v"] = "7" });
        Assert.Empty(run.Start());
        run.Now = run.Now.AddSeconds(1);
        Assert.Equal(["a[0].x"], run.Start());
        Assert.Equal("2", RunSimulation.Env(run.Pod("a[0].x"), "SLIPWAY_ATTEMPT"));
        run.End("a[0].x", exitCode: 1, reason: "Error");
        Assert.Equal(["c"], run.Start());
        Assert.Equal(["c", "[null,7]"], RunSimulation.Command(run.Pod("c")));
        run.End("c");
        var status = run.Plan().Status;
        Assert.Equal((FlowPhase.Failed, "a[0].x ended with exit code 1; see slipway logs f-1 'a[0].x' (after 2 attempts)"), (status.Phase, status.Message));
        Assert.Equal("b was skipped because a failed", status.Tasks!.Single(t => t.Name == "b").Message);
    }

    [Fact]
    public void A_flow_is_called_with_its_own_templates_and_defaults()
    {
        var run = new RunSimulation("""
            - { name: sub, flow: other, with: { n: 3 } }
            - { name: end, command: [e, "${{ tasks.sub.values.twice }}"] }
            """).With("other", """
            params: [{ name: n }, { name: m, default: 1 }]
            defaults: { image: 'y@sha256:11', env: [{ name: MODE, value: other }] }
            templates: [{ name: t, params: [{ name: k }], tasks: [{ name: leaf, command: [l, "${{ params.k }}"], outputs: { values: { v: /out/v } } }] }]
            tasks: [{ name: inner, template: t, with: { k: "${{ params.n + params.m }}" } }]
            outputs: { values: { twice: "${{ tasks.inner.values.v * 2 }}" } }
            """);
        Assert.Equal(["sub.inner.leaf"], run.Start());
        var pod = run.Pod("sub.inner.leaf");
        Assert.Equal(["l", "4"], RunSimulation.Command(pod));
        Assert.Equal(("y@sha256:11", "other"), (pod.Spec.Containers[0].Image, RunSimulation.Env(pod, "MODE")));
        run.End("sub.inner.leaf", values: new() { ["v"] = "21" });
        run.Start();
        Assert.Equal(["e", "42"], RunSimulation.Command(run.Pod("end")));
    }

    [Fact]
    public void Parallelism_of_a_call_bounds_how_many_have_begun()
    {
        var run = new RunSimulation("- { name: a, template: t, forEach: [1, 2, 3], parallelism: 2 }", """
            defaults: { image: 'x@sha256:00' }
            templates: [{ name: t, tasks: [{ name: x, command: [x] }, { name: y, command: [y], needs: [x] }] }]
            """);
        Assert.Equal(["a[0].x", "a[1].x"], run.Start());
        run.End("a[1].x");
        Assert.Equal(["a[1].y"], run.Start());
        run.End("a[1].y");
        Assert.Equal(["a[2].x"], run.Start());
        Assert.Empty(run.Start());
    }

    [Fact]
    public void A_template_can_call_itself_until_its_when_ends_it()
    {
        const string Recursion = """
            defaults: { image: 'x@sha256:00' }
            templates:
              - name: t
                params: [{ name: n }]
                tasks:
                  - { name: x, command: [x, "${{ params.n }}"] }
                  - { name: again, template: t, needs: [x], when: "params.n > 1", with: { n: "${{ params.n - 1 }}" } }
            """;
        var run = new RunSimulation("- { name: a, template: t, with: { n: 3 } }", Recursion);
        foreach (var item in new[] { "a.x", "a.again.x", "a.again.again.x" })
        {
            Assert.Equal([item], run.Start());
            run.End(item);
        }

        Assert.Equal(FlowPhase.Succeeded, run.Plan().Status.Phase);

        run = new RunSimulation("- { name: a, template: t, with: { n: 300 } }", Recursion);
        while (run.Start() is [var item])
            run.End(item);
        Assert.Contains("calls lie in each other deeper than 8", run.Plan().Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_is_learnt_for_a_task_whatever_call_it_lies_in()
    {
        var run = new RunSimulation("- { name: a, template: t, forEach: [1, 2] }", """
            defaults: { image: 'x@sha256:00' }
            templates: [{ name: t, tasks: [{ name: x, command: [x], resources: { memory: 256Mi }, onOutOfMemory: { limit: 1Gi } }] }]
            """);
        run.Learnt[("a.x", "")] = 512 << 20;
        run.Start();
        Assert.Equal("512Mi", run.Pod("a[1].x").Spec.Containers[0].Resources.Limits["memory"].ToString());
        run.End("a[0].x", exitCode: 137, reason: "OutOfMemory");
        Assert.Equal("a[0].x was killed at its 512Mi limit; trying again with 1Gi", run.Attempts[0].Message);
        Assert.Equal(["a[0].x"], run.Start());
    }
}
