using k8s.Models;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows.Tests;

public sealed class VolumeTests
{
    private const string Header = "defaults: { image: 'x@sha256:00' }\nvolumes: [{ name: work, size: 1Gi }]";

    [Fact]
    public void Tasks_of_a_run_mount_the_same_claim_and_items_a_directory_of_their_own()
    {
        var run = new RunSimulation("""
            - { name: fill, command: [f], mounts: [{ path: /work, volume: work }] }
            - { name: use, command: [u], needs: [fill], forEach: [a, b], mounts: [{ path: /mine, volume: work, subPath: "parts/${{ item }}", readOnly: true }] }
            """, Header);
        var fill = Assert.Single(run.Plan().Create);
        var claim = Assert.Single(fill.Claims);
        Assert.Equal(("f-1-work-", "1Gi", "ReadWriteOnce"), (claim.Metadata.Name[..9], claim.Spec.Resources.Requests["storage"].ToString(), claim.Spec.AccessModes.Single()));
        Assert.Equal(("FlowRun", "uid-1"), (claim.Metadata.OwnerReferences[0].Kind, claim.Metadata.OwnerReferences[0].Uid));
        run.Start();
        run.End("fill");
        var uses = run.Plan().Create;
        Assert.Equal(2, uses.Count);
        Assert.All(uses, u => Assert.Equal(claim.Metadata.Name, Assert.Single(u.Claims).Metadata.Name));
        Assert.Equal(["parts/a", "parts/b"], uses.Select(u => u.Pod.Spec.Containers[0].VolumeMounts.Single(m => m.MountPath == "/mine").SubPath));
        Assert.All(uses, u => Assert.Equal((claim.Metadata.Name, true), (Source(u.Pod).ClaimName, Source(u.Pod).ReadOnlyProperty)));
    }

    [Fact]
    public void A_template_shares_the_volume_of_its_flow_and_each_call_of_a_flow_has_its_own()
    {
        var run = new RunSimulation("""
            - { name: a, template: t, forEach: [1, 2] }
            - { name: b, flow: g, forEach: [1, 2] }
            """, Header + "\ntemplates: [{ name: t, tasks: [{ name: x, command: [x], mounts: [{ path: /w, volume: work }] }] }]")
            .With("g", Header + "\ntemplates: [{ name: t, tasks: [{ name: y, command: [y], mounts: [{ path: /w, volume: work }] }] }]\ntasks:\n- { name: c, template: t }\n- { name: d, command: [d], mounts: [{ path: /w, volume: work }] }");
        run.Start();
        var claims = new[] { "a[0].x", "a[1].x", "b[0].c.y", "b[0].d", "b[1].c.y", "b[1].d" }.ToDictionary(i => i, i => Source(run.Pod(i)).ClaimName);
        Assert.Equal(claims["a[0].x"], claims["a[1].x"]);
        Assert.Equal(claims["b[0].c.y"], claims["b[0].d"]);
        Assert.Equal(claims["b[1].c.y"], claims["b[1].d"]);
        Assert.Equal(3, claims.Values.Distinct().Count());
    }

    [Theory]
    [InlineData("{ name: work, size: 1Gi, keep: Always }", false)]
    [InlineData("{ name: work, size: 1Gi, keep: WithRun }", true)]
    [InlineData("{ name: work, size: 1Gi, keep: UntilEnd }", true)]
    public void What_is_kept_for_good_belongs_to_no_run(string volume, bool isOwned)
    {
        var run = new RunSimulation("- { name: a, command: [a], mounts: [{ path: /w, volume: work }] }", $"defaults: {{ image: 'x@sha256:00' }}\nvolumes: [{volume}]");
        Assert.Equal(isOwned, run.Plan().Create[0].Claims[0].Metadata.OwnerReferences is { Count: 1 });
    }

    [Fact]
    public void A_directory_without_value_fails_its_item()
    {
        var run = new RunSimulation("- { name: a, command: [a], forEach: [{}], mounts: [{ path: /w, claim: c, subPath: \"${{ item.x }}\" }] }", "defaults: { image: 'x@sha256:00' }");
        Assert.Empty(run.Start());
        Assert.Equal("a[0]: mounts /w subPath has no value: no such key: x; correct ${{ item.x }}", run.Plan().Status.Message);
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("b", false)]
    [InlineData("c", true)]
    public void What_may_stand_in_a_volume_of_the_run_is_not_taken_over(string task, bool isTouched)
    {
        var flow = new RunSimulation("""
            - { name: a, command: [a], mounts: [{ path: /w, volume: work }] }
            - { name: b, command: [b] }
            - { name: c, template: t }
            """, Header + "\ntemplates: [{ name: t, tasks: [{ name: x, command: [x] }] }]").Flow;
        Assert.Equal(isTouched, RunVolume.IsTouchedBy(flow.Tasks.Single(t => t.Name == task), RunDefinition.Of(flow)));
    }

    [Fact]
    public async Task Claims_are_there_before_the_pods_and_go_as_the_flow_says()
    {
        await using var flows = await FlowCluster.StartAsync();
        await flows.ApplyAsync("""
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: { name: f, namespace: default }
            spec:
              defaults: { image: "x:1" }
              volumes: [{ name: brief, size: 1Gi, keep: UntilEnd }, { name: long, size: 1Gi }]
              tasks:
                - { name: a, command: [a], mounts: [{ path: /b, volume: brief }, { path: /l, volume: long }] }
                - { name: b, command: [b], needs: [a], mounts: [{ path: /l, volume: long }] }
            ---
            { apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }
            """);
        var a = (await flows.PodsAsync("a"))[0];
        var claims = await ClaimsAsync(flows);
        Assert.Equal(["brief", "long"], claims.Select(c => c.Metadata.Labels[FlowNames.VolumeLabel]));
        await flows.EndAsync(a);
        await flows.EndAsync((await flows.PodsAsync("b"))[0]);
        await flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        await flows.Cluster.WaitForAllAsync(FlowKinds.Claims, "default", all => all.TrueForAll(c => c.Metadata.Labels[FlowNames.VolumeLabel] == "long" || c.Metadata.DeletionTimestamp is not null));
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.Select(RunSimulation.ItemOf).SequenceEqual(["b"]));
        Assert.Contains(await ClaimsAsync(flows), c => c.Metadata.Labels[FlowNames.VolumeLabel] == "long" && c.Metadata.DeletionTimestamp is null);
    }

    private static async Task<IReadOnlyList<V1PersistentVolumeClaim>> ClaimsAsync(FlowCluster flows) =>
        [.. (await flows.Api.ListAsync(FlowKinds.Claims, "default", cancellation: TestContext.Current.CancellationToken)).Items.OrderBy(c => c.Metadata.Name, StringComparer.Ordinal)];

    private static V1PersistentVolumeClaimVolumeSource Source(V1Pod pod) => pod.Spec.Volumes.Single(v => v.PersistentVolumeClaim is not null).PersistentVolumeClaim;
}
