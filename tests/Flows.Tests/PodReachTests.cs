using System.Text.Json;
using k8s.Models;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public class PodReachTests
{
    [Fact]
    public void A_pod_reaches_what_its_task_names()
    {
        var run = new RunSimulation("""
            - name: a
              command: [a]
              envFrom: [{ secret: s, prefix: DB_ }, { configMap: c, optional: true }]
              mounts: [{ path: /etc/s, secret: s }, { path: /etc/c, configMap: c, optional: true }, { path: /data, claim: lake }]
              nodeSelector: { disk: ssd }
              tolerations: [{ key: gpu, operator: Exists, effect: NoSchedule }]
              priorityClassName: high
              serviceAccountName: robot
              resources: { devices: { nvidia.com/gpu: 2 } }
            - { name: b, command: [b] }
            """, "defaults: { image: 'x@sha256:00', nodeSelector: { zone: a, disk: hdd }, envFrom: [{ secret: d }] }");
        run.Start();
        var spec = run.Pod("a").Spec;
        var task = spec.Containers[0];
        Assert.Equal([("DB_", "s", null), (null, null, "c")], task.EnvFrom.Select(e => ((string?)e.Prefix, (string?)e.SecretRef?.Name, (string?)e.ConfigMapRef?.Name)));
        Assert.Equal([("/slipway", true), ("/out", false), ("/etc/s", true), ("/etc/c", true), ("/data", false)], task.VolumeMounts.Select(m => (m.MountPath, m.ReadOnlyProperty == true)));
        foreach (var mount in task.VolumeMounts)
            Assert.Single(spec.Volumes, v => v.Name == mount.Name);
        Assert.Equal(("s", "lake"), (spec.Volumes[2].Secret.SecretName, spec.Volumes[4].PersistentVolumeClaim.ClaimName));
        Assert.Equal([("disk", "ssd"), ("zone", "a")], spec.NodeSelector.OrderBy(l => l.Key).Select(l => (l.Key, l.Value)));
        Assert.Equal(("gpu", "Exists", "NoSchedule"), (spec.Tolerations[0].Key, spec.Tolerations[0].OperatorProperty, spec.Tolerations[0].Effect));
        Assert.Equal(("high", "robot", true), (spec.PriorityClassName, spec.ServiceAccountName, spec.AutomountServiceAccountToken));
        Assert.Equal("2", task.Resources.Limits["nvidia.com/gpu"].ToString());
        Assert.Equal(("d", "hdd", false), (run.Pod("b").Spec.Containers[0].EnvFrom[0].SecretRef.Name, run.Pod("b").Spec.NodeSelector["disk"], run.Pod("b").Spec.AutomountServiceAccountToken));
    }

    private static string Value(V1Container container, string name) => container.Env.Single(e => e.Name == name).Value;

    [Theory]
    [InlineData("${{ params.p }}${{ params.q }}", "$", "(DB_pw)", "$$(DB_pw)")]
    [InlineData("US$${{ params.q }}", "", "(DB_pw)", "US$$(DB_pw)")]
    [InlineData("US$$${{ params.q }}", "", "(DB_pw)", "US$$(DB_pw)")]
    [InlineData("${{ params.p }}(DB_pw)", "$$$", "", "$$$$$$(DB_pw)")]
    [InlineData("$(DB_user)${{ params.q }}", "", "(DB_pw)", "$(DB_user)(DB_pw)")]
    public void No_two_parts_of_a_text_of_pod_are_the_name_of_a_variable_together(string text, string p, string q, string expected)
    {
        var run = new RunSimulation($$$"""
            - { name: a, command: [a], pod: { spec: { containers: [{ name: task, env: [{ name: V, value: '{{{text}}}' }] }] } } }
            """, "params: [{ name: p }, { name: q }]\ndefaults: { image: 'x@sha256:00' }");
        (run.Params["p"], run.Params["q"]) = (p, q);
        run.Start();
        Assert.Equal(expected, Value(run.Pod("a").Spec.Containers[0], "V"));
    }

    [Fact]
    public void No_text_of_a_parameter_or_an_item_is_taken_for_a_variable_that_the_pod_gets_from_elsewhere()
    {
        const string Stranger = "$(DB_pw) $$(DB_pw) $$$(DB_pw) $x $";
        const string Escaped = "$$(DB_pw) $$$$(DB_pw) $$$$$$(DB_pw) $x $";
        var run = new RunSimulation("""
            - name: a
              forEach: ["${{ params.p }}"]
              envFrom: [{ secret: login, prefix: DB_ }]
              env: [{ name: V, value: "v ${{ item }}" }]
              steps:
                - { name: first, command: [s, "${{ item }}"] }
                - { name: last, command: [m, "${{ item }}", "$(DB_pw)"] }
              sidecars: [{ name: side, image: "y@sha256:11", command: [c, "${{ item }}"], args: ["${{ item }}"], env: [{ name: W, value: "${{ item }}" }] }]
              pod:
                metadata: { annotations: { text: "${{ item }}" } }
                spec:
                  containers:
                    - { name: task, env: [{ name: O, value: "$(DB_user) ${{ item }}" }, { name: Q, value: "${{ item }}" }], volumeMounts: [{ name: data, mountPath: /d, subPathExpr: "${{ item }}" }] }
                    - { name: more, image: "z@sha256:22", command: [w, "${{ item }}"], args: "${{ [item] }}" }
            """, "params: [{ name: p }]\ndefaults: { image: 'x@sha256:00' }");
        run.Params["p"] = Stranger;
        run.Start();
        var pod = run.Pod("a[0]");
        var (task, more, step, side) = (pod.Spec.Containers.Single(c => c.Name == "task"), pod.Spec.Containers.Single(c => c.Name == "more"),
            pod.Spec.InitContainers.Single(c => c.Name == "step-first"), pod.Spec.InitContainers.Single(c => c.Name == "side"));
        Assert.Equal([Escaped, "$$(DB_pw)"], task.Command.TakeLast(2));
        Assert.Equal((Escaped, $"v {Escaped}"), (Value(task, "SLIPWAY_ITEM"), Value(task, "V")));
        Assert.Equal(Escaped, step.Command[^1]);
        Assert.Equal((Escaped, Escaped, Escaped), (side.Command[^1], side.Args[0], Value(side, "W")));
        // What the flow itself says there is Kubernetes' language, and where Kubernetes replaces nothing, nothing is doubled.
        const string Part = Escaped + "$"; // a single one at the end would make something of what comes after it
        Assert.Equal(($"$(DB_user) {Part}", Part, Part), (Value(task, "O"), Value(task, "Q"), task.VolumeMounts.Single(m => m.MountPath == "/d").SubPathExpr));
        Assert.Equal((Part, Part), (more.Command[^1], more.Args[0]));
        Assert.Equal(Stranger, pod.Metadata.Annotations["text"]);

        run.End("a[0]");
        Assert.Equal((Stranger, Stranger), (run.Attempts[0].Item, run.Attempts[0].Command[1]));
    }

    [Fact]
    public void Sidecars_and_steps_are_containers_before_the_command()
    {
        var run = new RunSimulation("""
            - name: a
              forEach: [x]
              steps:
                - { name: fetch, command: [fetch, "${{ item }}", "$(SLIPWAY_RUN)"] }
                - { name: check, image: 'y@sha256:11', command: [check] }
                - { name: load, image: 'z@sha256:22', command: [load] }
              sidecars: [{ name: db, image: "db:1", args: ["${{ item }}"], env: [{ name: PW, value: "${{ params.pw }}" }], readyPort: 5432, resources: { memory: 100Mi } }]
              outputs: { values: { v: /out/v } }
              resources: { memory: 256Mi }
            """, "defaults: { image: 'x@sha256:00' }\nparams: [{ name: pw, default: secret }]");
        run.Params["pw"] = "secret";
        run.Start();
        var spec = run.Pod("a[0]").Spec;
        Assert.Equal(["db", "step-fetch", "step-check"], spec.InitContainers.Select(c => c.Name));
        var db = spec.InitContainers[0];
        Assert.Equal(("Always", "x", "secret", "5432"), (db.RestartPolicy, db.Args[0], db.Env.Single(e => e.Name == "PW").Value, db.StartupProbe.TcpSocket.Port.ToString()));
        Assert.Equal(("100Mi", true), (db.Resources.Limits["memory"].ToString(), db.VolumeMounts.Count == 0));
        Assert.Equal(["/slipway/slipway-task", "run", "--", "fetch", "x", "$$(SLIPWAY_RUN)"], spec.InitContainers[1].Command);
        Assert.Equal(("x@sha256:00", "y@sha256:11", "z@sha256:22"), (spec.InitContainers[1].Image, spec.InitContainers[2].Image, spec.Containers[0].Image));
        Assert.Equal(["/slipway/slipway-task", "run", "--value", "v=/out/v", "--", "load"], spec.Containers[0].Command);
        Assert.Equal("256Mi", spec.InitContainers[1].Resources.Limits["memory"].ToString());

        run.EndWithout("a[0]", new V1PodStatus
        {
            Phase = "Failed",
            InitContainerStatuses =
            [
                new V1ContainerStatus { Name = "db", State = new V1ContainerState { Terminated = new V1ContainerStateTerminated { ExitCode = 137 } } },
                new V1ContainerStatus { Name = "step-fetch", State = new V1ContainerState { Terminated = new V1ContainerStateTerminated { ExitCode = 3 } } },
            ],
        });
        Assert.Equal((3, "a[0] in step fetch ended with exit code 3; see slipway logs f-1 'a[0]'"), (run.Attempts[0].ExitCode, run.Attempts[0].Message));
    }

    [Fact]
    public void The_pod_is_changed_strategically_but_stays_the_attempt_that_it_is()
    {
        var run = new RunSimulation("""
            - name: a
              template: t
              forEach: [1]
              with: { n: "${{ item }}" }
            """, """
            defaults: { image: 'x@sha256:00', pod: { metadata: { labels: { team: data, slipway.dev/task: other } }, spec: { hostNetwork: true } } }
            templates:
              - name: t
                params: [{ name: n }]
                tasks:
                  - name: x
                    command: [x]
                    pod:
                      metadata: { annotations: { n: "n${{ params.n }}" } }
                      spec:
                        terminationGracePeriodSeconds: 5
                        containers: [{ name: task, securityContext: { capabilities: { add: [SYS_PTRACE] } } }, { name: extra, image: e }]
            """);
        run.Start();
        var pod = run.Pod("a[0].x");
        Assert.Equal(("data", "x", "n1"), (pod.Metadata.Labels["team"], pod.Metadata.Labels[FlowNames.TaskLabel], pod.Metadata.Annotations["n"]));
        Assert.Equal((true, 5), (pod.Spec.HostNetwork, pod.Spec.TerminationGracePeriodSeconds));
        Assert.Equal(["task", "extra"], pod.Spec.Containers.Select(c => c.Name).OrderDescending());
        var task = FlowNames.TaskOf(pod);
        Assert.Equal(["SYS_PTRACE"], task.SecurityContext.Capabilities.Add);
        Assert.Equal(["ALL"], task.SecurityContext.Capabilities.Drop);
        Assert.Equal(["x"], task.Command.Skip(3));
    }

    [Fact]
    public void An_override_without_value_fails_its_item()
    {
        var run = new RunSimulation("- { name: a, command: [a], forEach: [{}], pod: { spec: { nodeName: \"${{ item.node }}\" } } }", "defaults: { image: 'x@sha256:00' }");
        Assert.Empty(run.Start());
        Assert.Equal((FlowPhase.Failed, "a[0]: pod has no value: no such key: node; correct it"), (run.Plan().Status.Phase, run.Plan().Status.Message));
    }

    [Theory]
    [InlineData("containers: [{ $patch: delete, name: task }, { name: b, image: x }]", "takes away the container task, which runs the command")]
    [InlineData("containers: [{ name: task, command: [b] }]", "changes the command of the container task, which is wrapped to bring its outputs")]
    [InlineData("initContainers: [{ $patch: delete, name: step-one }]", "takes away the container step-one, which runs the command")]
    [InlineData("restartPolicy: \"${{ item }}\"", "sets spec.restartPolicy to Always, which must be Never")]
    public void An_override_that_an_attempt_cannot_bear_fails_its_item(string spec, string problem)
    {
        // As it was stored before there were rules of it.
        var flow = DocumentReader.ParseYaml($"spec: {{ tasks: [{{ name: a, image: 'x@sha256:00', steps: [{{ name: one, command: [a] }}, {{ name: two, command: [b] }}], forEach: [Always], pod: {{ spec: {{ {spec} }} }} }}] }}")[0];
        var run = new RunSimulation(JsonSerializer.Deserialize(flow, KindsJson.Default.Flow)!.Spec, []);
        Assert.Empty(run.Start());
        Assert.Equal((FlowPhase.Failed, $"a[0]: pod {problem}; correct it"), (run.Plan().Status.Phase, run.Plan().Status.Message));
    }
}
