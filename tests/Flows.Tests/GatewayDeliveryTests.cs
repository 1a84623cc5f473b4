using k8s.Models;

namespace Slipway.Flows.Tests;

public sealed class GatewayDeliveryTests
{
    private static readonly GatewayAddress Address = new("registry.example/slipway:1", "https://slipway-operator.slipway-system.svc", "PEM");

    private readonly RunSimulation run = new(
        """
        - { name: a, command: [a], outputs: { files: { f: /out/f.bin } }, runAsUser: 1000 }
        - name: b
          inputs: { f: "${{ tasks.a.files.f }}" }
          steps: [{ name: one, command: [one] }, { name: two, command: [two] }]
          sidecars: [{ name: db, image: "db:1" }]
        """)
    {
        Delivery = new GatewayDelivery(Address),
    };

    [Fact]
    public void Two_containers_stand_before_those_of_the_task_and_bring_all_that_it_needs()
    {
        run.Start();
        var pod = run.Pod("a");
        Assert.Equal(["slipway-prepare", "slipway-relay"], pod.Spec.InitContainers.Select(c => c.Name));
        var (prepare, relay) = (pod.Spec.InitContainers[0], pod.Spec.InitContainers[1]);
        Assert.Equal(["slipway", "task", "prepare"], prepare.Command);
        Assert.Equal(["slipway", "task", "relay"], relay.Command);
        Assert.Equal((null, "Always"), (prepare.RestartPolicy, relay.RestartPolicy));
        Assert.All(pod.Spec.InitContainers, c =>
        {
            Assert.Equal(Address.Image, c.Image);
            Assert.Equal([Address.Url, Address.CertificateAuthority], c.Env.Select(e => e.Value));
            Assert.Equal(["/slipway", "/var/run/secrets/slipway.dev"], c.VolumeMounts.Select(m => m.MountPath));
        });
        Assert.DoesNotContain(pod.Spec.Volumes, v => v.Csi is not null);
        var token = Assert.Single(pod.Spec.Volumes, v => v.Name == "slipway-token").Projected.Sources[0].ServiceAccountToken;
        Assert.Equal("artifacts.slipway.dev", token.Audience);
        Assert.DoesNotContain(pod.Spec.Containers[0].VolumeMounts, m => m.Name == "slipway-token");
        Assert.Contains(pod.Spec.Containers[0].VolumeMounts, m => m is { Name: "slipway", MountPath: "/slipway", ReadOnlyProperty: true });
    }

    [Fact]
    public void Inputs_are_fetched_into_a_volume_that_the_task_only_reads()
    {
        run.Start();
        run.End("a", files: ["f"]);
        var planned = Assert.Single(run.Plan().Create);
        Assert.Equal(["slipway-prepare", "slipway-relay", "db", "step-one"], planned.Pod.Spec.InitContainers.Select(c => c.Name));
        var prepare = planned.Pod.Spec.InitContainers[0];
        Assert.Equal(["slipway", "task", "prepare", "--inputs"], prepare.Command);
        Assert.Contains(prepare.VolumeMounts, m => m is { Name: "in", MountPath: "/in", ReadOnlyProperty: null });
        Assert.NotNull(Assert.Single(planned.Pod.Spec.Volumes, v => v.Name == "in").EmptyDir);
        Assert.Contains(planned.Pod.Spec.Containers[0].VolumeMounts, m => m is { Name: "in", MountPath: "/in", ReadOnlyProperty: true });
        Assert.Equal(planned.Inputs!.Sha256, AttemptReader.InputHash(planned.Pod));
    }

    [Fact]
    public void What_keeps_a_pod_from_being_prepared_is_the_reason_of_its_attempt()
    {
        run.Start();
        run.EndWithout("a", new V1PodStatus
        {
            Phase = "Failed",
            InitContainerStatuses =
            [
                new V1ContainerStatus
                {
                    Name = "slipway-prepare",
                    State = new V1ContainerState { Terminated = new V1ContainerStateTerminated { ExitCode = 1, Message = "error: the inputs cannot be fetched: artifact 1 is not in the store\n" } },
                },
            ],
        });
        var attempt = Assert.Single(run.Attempts);
        Assert.Equal((AttemptReason.StartFailed, "a cannot be started: error: the inputs cannot be fetched: artifact 1 is not in the store"), (attempt.Reason, attempt.Message));
    }

    [Fact]
    public void A_pod_that_only_tells_a_digest_is_prepared_and_leaves_nothing()
    {
        var cached = new RunSimulation("- { name: a, command: [a], cache: {} }") { Delivery = new GatewayDelivery(Address) };
        var pod = Assert.Single(cached.Plan().Create).Pod;
        Assert.Equal(["slipway-prepare"], pod.Spec.InitContainers.Select(c => c.Name));
        Assert.Equal(["slipway", "slipway-token"], pod.Spec.Volumes.Select(v => v.Name));
    }
}
