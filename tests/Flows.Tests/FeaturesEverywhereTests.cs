using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

/// <summary>Each feature of a task, in each place where a task can be: of a flow, with forEach, in a template, in a called flow, and in all of these at once.</summary>
public class FeaturesEverywhereTests
{
    private const string Defaults = "defaults: { image: 'x@sha256:00' }\nvolumes: [{ name: work, size: 1Gi }]";

    /// <summary>A feature: what the task x says, tasks beside it and what their group says, and how a run with it goes.</summary>
    private sealed record Feature(string Task, Action<RunSimulation, Place> Drive, string Beside = "", string Group = "");

    /// <summary>Where the task x lies: its path, and that of its group with a dot.</summary>
    private sealed record Place(string Path, string Prefix);

    private static readonly Dictionary<string, Feature> Features = new()
    {
        ["retries"] = new("command: [x], retries: { limit: 1, backoff: 10s }", (run, x) =>
        {
            run.End(x.Path, exitCode: 1, reason: "Error");
            Assert.Empty(run.Start());
            run.Now = run.Now.AddSeconds(10);
            Assert.Equal([x.Path], run.Start());
            Assert.Equal("2", RunSimulation.Env(run.Pod(x.Path), "SLIPWAY_ATTEMPT"));
            run.End(x.Path);
        }),
        ["retries, only some"] = new("command: [x], retries: { limit: 1, only: { exitCodes: [75] } }", (run, x) =>
        {
            run.End(x.Path, exitCode: 75, reason: "Error");
            run.Now = run.Now.AddMinutes(1);
            Assert.Equal([x.Path], run.Start());
            run.End(x.Path);
        }),
        ["faults of the cluster"] = new("command: [x]", (run, x) =>
        {
            run.EndWithout(x.Path, new V1PodStatus { Phase = "Failed", Reason = "Evicted" });
            run.Now = run.Now.AddMinutes(1);
            Assert.Equal([x.Path], run.Start());
            run.End(x.Path);
        }),
        ["memory"] = new("command: [x], resources: { memory: 100Mi }, onOutOfMemory: { limit: 1Gi }", (run, x) =>
        {
            run.End(x.Path, exitCode: 137, reason: "OutOfMemory");
            Assert.Equal([x.Path], run.Start());
            Assert.Equal("200Mi", run.Pod(x.Path).Spec.Containers[0].Resources.Limits["memory"].ToString());
            run.End(x.Path);
        }),
        ["timeout"] = new("command: [x], timeout: 90s", (run, x) =>
        {
            Assert.Equal(90, run.Pod(x.Path).Spec.ActiveDeadlineSeconds);
            run.End(x.Path);
        }),
        ["waitLimit"] = new("command: [x], waitLimit: 10m, retries: { limit: 1 }", (run, x) =>
        {
            run.Pod(x.Path).Metadata.CreationTimestamp = run.Now.UtcDateTime;
            run.Now = run.Now.AddMinutes(10);
            run.Record(run.Pod(x.Path), AttemptSources.None, Assert.Single(run.Plan().GiveUp));
            run.Now = run.Now.AddMinutes(1);
            Assert.Equal([x.Path], run.Start());
            run.End(x.Path);
        }),
        ["when that is true"] = new("command: [x], when: \"run.name == 'f-1'\"", (run, x) => run.End(x.Path)),
        ["outputs and needs"] = new("command: [x], outputs: { values: { v: /out/v }, files: { f: /out/f } }", (run, x) =>
        {
            run.End(x.Path, files: ["f"], values: new() { ["v"] = "7" });
            var after = Assert.Single(run.Plan().Create);
            Assert.Contains("7", RunSimulation.Command(after.Pod)[1], StringComparison.Ordinal);
            Assert.Contains(after.Inputs!.Entries, e => e.Value == $"sha-{x.Path}-f");
            Assert.Equal([x.Prefix + "after"], run.Start());
            run.End(x.Prefix + "after");
        }, Beside: "- { name: after, command: [after, '${{ tasks.x.values.v }}'], inputs: { in: '${{ tasks.x.files.f }}' } }"),
        ["a join after a branch that is skipped"] = new("command: [x]", (run, x) =>
        {
            run.End(x.Path);
            Assert.Equal([x.Prefix + "after"], run.Start());
            run.End(x.Prefix + "after");
        }, Beside: "- { name: not, command: [n], when: 'false' }\n- { name: after, command: [a], needs: [x, not], join: any }"),
        ["tasks for failure and for the end"] = new("command: [x]", (run, x) =>
        {
            run.End(x.Path, exitCode: 1, reason: "Error");
            Assert.Equal([x.Prefix + "bad"], run.Start());
            run.End(x.Prefix + "bad");
            Assert.Equal([x.Prefix + "end"], run.Start());
            run.End(x.Prefix + "end");
            Assert.Equal(FlowPhase.Failed, run.Plan().Status.Phase);
        }, Group: "onFailure: [{ name: bad, command: [b] }]\nonSuccess: [{ name: good, command: [g] }]\nalways: [{ name: end, command: [e] }]"),
        ["tasks for success"] = new("command: [x]", (run, x) =>
        {
            run.End(x.Path);
            Assert.Equal([x.Prefix + "good"], run.Start());
            run.End(x.Prefix + "good");
        }, Group: "onFailure: [{ name: bad, command: [b] }]\nonSuccess: [{ name: good, command: [g] }]"),
        ["stop"] = new("command: [x]", (run, x) =>
        {
            run.Stop = new RunStop { By = "anna" };
            Assert.Equal([x.Path], run.Plan().End.Select(e => RunSimulation.ItemOf(e.Pod)));
            run.End(x.Path, exitCode: 143, reason: "Signal");
            Assert.Equal([x.Prefix + "end"], run.Start());
            run.End(x.Prefix + "end");
            Assert.Equal((FlowPhase.Failed, "the run was stopped by anna"), (run.Plan().Status.Phase, run.Plan().Status.Message));
        }, Group: "always: [{ name: end, command: [e] }]"),
        ["suspend"] = new("command: [x]", (run, x) =>
        {
            run.IsSuspended = true;
            run.End(x.Path);
            Assert.Empty(run.Start());
            run.IsSuspended = false;
            Assert.Equal([x.Prefix + "after"], run.Start());
            run.End(x.Prefix + "after");
        }, Beside: "- { name: after, command: [a], needs: [x] }"),
        ["steps, sidecars, mounts and an override"] = new(
            "steps: [{ name: one, command: [o] }, { name: two, command: [t] }], sidecars: [{ name: db, image: d }], mounts: [{ path: /s, secret: s }], pod: { spec: { hostNetwork: true } }",
            (run, x) =>
            {
                var spec = run.Pod(x.Path).Spec;
                Assert.Equal(["db", "step-one"], spec.InitContainers.Select(c => c.Name));
                Assert.Equal((true, "t"), (spec.HostNetwork, RunSimulation.Command(run.Pod(x.Path))[0]));
                Assert.Contains(spec.Containers[0].VolumeMounts, m => m.MountPath == "/s");
                run.End(x.Path);
            }),
        ["an expression without value"] = new("command: [x, \"${{ [1][7] }}\"]", (run, x) =>
        {
            Assert.Empty(run.Pods);
            Assert.Equal(FlowPhase.Failed, run.Plan().Status.Phase);
            Assert.StartsWith($"{x.Path}: command[1] has no value", run.Plan().Status.Message, StringComparison.Ordinal);
        }),
        ["approval"] = new("approve: {}", (run, x) =>
        {
            Assert.StartsWith($"{x.Path} waits for approval", run.Plan().Status.Message, StringComparison.Ordinal);
            run.Approve(x.Path, true);
            run.RecordDecisions();
        }),
        ["replicas"] = new("command: [x], replicas: 2, outputs: { values: { v: /out/v } }", (run, x) =>
        {
            Assert.Equal([x.Path, x.Path], run.Replicas(x.Path).Select(RunSimulation.ItemOf));
            run.EndReplica(x.Path, 1);
            run.EndReplica(x.Path, 0, values: new() { ["v"] = "7" });
            Assert.Equal("7", Assert.Single(run.Attempts).Values["v"].Json);
        }),
        ["service"] = new("command: [x], service: { port: 1 }", (run, x) =>
        {
            run.Ready(x.Path);
            Assert.Equal([x.Prefix + "after"], run.Start());
            Assert.Contains(run.Pod(x.Path).Spec.Hostname, RunSimulation.Command(run.Pod(x.Prefix + "after"))[1], StringComparison.Ordinal);
            run.End(x.Prefix + "after");
            Assert.Equal([$"{x.Path}: Succeeded nothing needs it any more"], run.EndPlanned());
            run.End(x.Path, exitCode: 143, reason: "Signal");
        }, Beside: "- { name: after, command: [after, '${{ tasks.x.host }}'] }"),
        ["a directory of a claim"] = new("command: [x], mounts: [{ path: /w, claim: lake, subPath: \"${{ run.name }}/x\" }]", (run, x) =>
        {
            Assert.Equal("f-1/x", run.Pod(x.Path).Spec.Containers[0].VolumeMounts.Single(m => m.MountPath == "/w").SubPath);
            run.End(x.Path);
        }),
        ["repeat"] = new("command: [x, \"${{ iteration }}\"], repeat: { until: iteration == 2, limit: 3 }", (run, x) =>
        {
            run.End(x.Path + "@1");
            Assert.Equal([x.Path + "@2"], run.Start());
            run.End(x.Path + "@2");
        }),
        ["a call in it"] = new("template: inner", (run, x) =>
        {
            Assert.Equal("inner", RunSimulation.Command(run.Pod(x.Path + ".i"))[0]);
            run.End(x.Path + ".i");
        }),
    };

    /// <summary>What can go wrong between items: what the task x, of three items, says, and how a run with it goes, by the paths of the items.</summary>
    private static readonly Dictionary<string, (string Task, Action<RunSimulation, string[]> Drive)> OfItems = new()
    {
        ["locks"] = ("command: [x], locks: [{ name: l }]", (run, x) =>
        {
            foreach (var item in x)
            {
                Assert.Equal([item], run.Live.Select(RunSimulation.ItemOf));
                run.End(item);
                run.Start();
            }
        }),
        ["locks with slots"] = ("command: [x], locks: [{ name: l, slots: 2 }]", (run, x) => TwoAtATime(run, x)),
        ["parallelism"] = ("command: [x], parallelism: 2", (run, x) => TwoAtATime(run, x)),
        ["one fails"] = ("command: [x]", (run, x) =>
        {
            run.End(x[0]);
            run.End(x[1], exitCode: 3, reason: "Error");
            Assert.False(FlowPhase.IsFinal(run.Plan().Status.Phase)); // the others go on
            run.End(x[2]);
            Assert.Equal((FlowPhase.Failed, 1), (run.Plan().Status.Phase, run.Plan().Status.Counts!.Failed));
        }),
        ["one fails and is tried again"] = ("command: [x], retries: { limit: 1, backoff: 10s }", (run, x) =>
        {
            run.End(x[1], exitCode: 3, reason: "Error");
            Assert.Empty(run.Start());
            run.Now = run.Now.AddSeconds(10);
            Assert.Equal([x[1]], run.Start());
            Array.ForEach(x, item => run.End(item));
        }),
        ["one needs more memory"] = ("command: [x], resources: { memory: 100Mi }, onOutOfMemory: { limit: 1Gi }", (run, x) =>
        {
            run.End(x[1], exitCode: 137, reason: "OutOfMemory");
            Assert.Equal([x[1]], run.Start());
            Assert.Equal(["100Mi", "200Mi", "100Mi"], x.Select(item => run.Pod(item).Spec.Containers[0].Resources.Limits["memory"].ToString()));
            Array.ForEach(x, item => run.End(item));
        }),
        ["cache"] = ("command: [x, \"${{ item }}\"], cache: {}", (run, x) =>
        {
            Assert.Equal(3, x.Select(item => run.Pod(item).Metadata.Annotations[FlowNames.CacheAnnotation]).Distinct().Count());
            Array.ForEach(x, item => run.End(item));
        }),
        ["a volume of the run"] = ("command: [x], mounts: [{ path: /w, volume: work, subPath: \"${{ item }}\" }]", (run, x) =>
        {
            Assert.Single(x.Select(item => run.Pod(item).Spec.Volumes.Single(v => v.PersistentVolumeClaim is not null).PersistentVolumeClaim.ClaimName).Distinct());
            Assert.Equal(["a", "b", "c"], x.Select(item => run.Pod(item).Spec.Containers[0].VolumeMounts.Single(m => m.MountPath == "/w").SubPath));
            Array.ForEach(x, item => run.End(item));
        }),
        ["secrets"] = ("command: [x], env: [{ name: T, valueFrom: { secretKeyRef: { name: s, key: t } } }], envFrom: [{ secret: login, prefix: DB_ }]", (run, x) =>
        {
            Assert.All(x, item => Assert.Equal("s", run.Pod(item).Spec.Containers[0].Env.Single(e => e.Name == "T").ValueFrom.SecretKeyRef.Name));
            Assert.All(x, item => Assert.Equal(("DB_", "login"), run.Pod(item).Spec.Containers[0].EnvFrom.Select(e => (e.Prefix, e.SecretRef.Name)).Single()));
            Array.ForEach(x, item => run.End(item));
        }),
        ["approval of each"] = ("approve: { message: \"${{ item }}?\" }", (run, x) =>
        {
            Array.ForEach(x, item => run.Approve(item, true));
            run.RecordDecisions();
        }),
        ["stop"] = ("command: [x], parallelism: 2", (run, x) =>
        {
            run.End(x[0]);
            run.Stop = new RunStop { By = "anna" };
            Assert.Equal([x[1]], run.Plan().End.Select(e => RunSimulation.ItemOf(e.Pod)));
            run.End(x[1], exitCode: 143, reason: "Signal");
            Assert.Equal((FlowPhase.Failed, 1), (run.Plan().Status.Phase, run.Plan().Status.Counts!.Succeeded));
        }),
    };

    public static TheoryData<string, string> ItemCases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var feature in OfItems.Keys)
            {
                foreach (var place in new[] { "flow", "template", "called flow", "everything" })
                    cases.Add(feature, place);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(ItemCases))]
    public void A_feature_works_between_items_in_each_place(string feature, string where)
    {
        var (task, drive) = OfItems[feature];
        var (run, place) = Make(where, task, "", "", "forEach: [a, b, c], ");
        run.Start();
        drive(run, [.. Enumerable.Range(0, 3).Select(i => $"{place.Prefix}x[{i}]")]);
        var status = run.Plan().Status;
        Assert.Empty(run.Plan().Create);
        Assert.True(FlowPhase.IsFinal(status.Phase), $"{status.Phase}: {status.Message}");
        if (feature is not ("stop" or "one fails"))
            Assert.Equal((FlowPhase.Succeeded, null, 3), (status.Phase, status.Message, status.Counts!.Succeeded));
        Assert.Equal(3, status.Counts!.Succeeded + status.Counts.Failed + status.Counts.Skipped);
        Assert.Equal(run.Attempts.Count, run.Attempts.DistinctBy(a => (a.Path, a.Number)).Count());
    }

    private static void TwoAtATime(RunSimulation run, string[] x)
    {
        Assert.Equal([x[0], x[1]], run.Live.Select(RunSimulation.ItemOf));
        Assert.Empty(run.Start());
        run.End(x[1]);
        Assert.Equal([x[2]], run.Start());
        run.End(x[0]);
        run.End(x[2]);
    }

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var feature in Features.Keys)
            {
                foreach (var place in new[] { "flow", "forEach", "template", "called flow", "everything" })
                    cases.Add(feature, place);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_feature_works_in_each_place(string feature, string where)
    {
        var (task, drive, beside, group) = Features[feature];
        var (run, place) = Make(where, task, beside, group);
        run.Start();
        drive(run, place);
        var status = run.Plan().Status;
        Assert.Empty(run.Plan().Create);
        Assert.True(FlowPhase.IsFinal(status.Phase), $"{status.Phase}: {status.Message}");
        if (!feature.Contains("fail", StringComparison.Ordinal) && feature is not ("stop" or "an expression without value"))
            Assert.Equal((FlowPhase.Succeeded, null), (status.Phase, status.Message));
        Assert.Equal(status.Counts!.Total, status.Counts.Succeeded + status.Counts.Failed + status.Counts.Skipped);
        Assert.Equal(run.Attempts.Count, run.Attempts.DistinctBy(a => (a.Path, a.Number)).Count());
    }

    private static (RunSimulation Run, Place Place) Make(string where, string task, string beside, string group, string items = "")
    {
        const string Inner = "- name: inner\n  tasks: [{ name: i, command: [inner] }]";
        string Tasks(string forEach) => $"- {{ name: x, {forEach}{task} }}\n{beside}".TrimEnd();
        string Called(string forEach) => $"tasks:\n{Tasks(forEach)}\n{group}".TrimEnd();
        switch (where)
        {
            case "flow":
                return (new RunSimulation(Tasks(items), $"{Defaults}\ntemplates:\n{Inner}\n{group}".TrimEnd()), new Place("x", ""));
            case "forEach":
                return (new RunSimulation(Tasks("forEach: { range: { to: 0 } }, "), $"{Defaults}\ntemplates:\n{Inner}\n{group}".TrimEnd()), new Place("x[0]", ""));
            case "template":
                return (new RunSimulation("- { name: c, template: t }", $"{Defaults}\ntemplates:\n{Inner}\n- name: t\n  {Called(items).Replace("\n", "\n  ", StringComparison.Ordinal)}"), new Place("c.x", "c."));
            case "called flow":
                return (new RunSimulation("- { name: c, flow: g }", Defaults).With("g", $"{Defaults}\ntemplates:\n{Inner}\n{Called(items)}"), new Place("c.x", "c."));
            default:
                var everything = new RunSimulation(
                    "- { name: c, template: t, forEach: { matrix: { a: [1], b: [2] } } }",
                    $"{Defaults}\ntemplates: [{{ name: t, tasks: [{{ name: d, flow: g, repeat: {{ until: 'true', limit: 1 }} }}] }}]");
                return (everything.With("g", $"{Defaults}\ntemplates:\n{Inner}\n{Called(items.Length > 0 ? items : "forEach: [1], ")}"), new Place("c[0].d@1.x[0]", "c[0].d@1."));
        }
    }
}
