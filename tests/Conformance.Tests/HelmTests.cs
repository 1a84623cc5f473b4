using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Slipway.Conformance;

/// <summary>An unmodified Helm 4 with a chart that has what charts have.</summary>
public sealed class HelmTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    private static readonly string Program = Path.Combine(Path.GetDirectoryName(Conformance.Kubectl.Program)!, "helm");

    [Fact]
    public async Task A_release_is_installed_upgraded_rolled_back_and_uninstalled()
    {
        var chart = ChartIn("life");
        Assert.Contains("owner is required", (await Helm($"install one {chart} -n life --create-namespace")).Failed(), StringComparison.Ordinal);
        Assert.Contains("one says hello in revision 1.", await Run($"install one {chart} -n life --create-namespace --set owner=me"), StringComparison.Ordinal);
        Assert.Equal("hello true v1.37.0+slipway", await Kubectl("get configmap one -n life -o \"jsonpath={.data.greeting} {.data.jobs} {.data.version}\""));
        Assert.Equal("64Mi 10", await Kubectl("get configmap/one-cache coupon/one-welcome -n life -o \"jsonpath={.items[0].data.size} {.items[1].spec.percent}\""));
        Assert.Equal("helm Apply", await Kubectl("get deployment one -n life -o \"jsonpath={.metadata.managedFields[*].manager} {.metadata.managedFields[*].operation}\""));
        Assert.Equal("configmap/one-post-install\nconfigmap/one-pre-install\n", await Kubectl("get configmap one-post-install one-pre-install -n life -o name"));

        Assert.Contains("one says hi in revision 2.", await Run($"upgrade one {chart} -n life --reuse-values --set greeting=hi,replicas=3,extra=more"), StringComparison.Ordinal);
        Assert.Equal("3", await Kubectl("get deployment one -n life -o jsonpath={.spec.replicas}"));
        Assert.Equal("hi", await Kubectl("get configmap one-pre-upgrade -n life -o jsonpath={.data.greeting}"));
        Assert.Contains("Rollback was a success", await Run("rollback one 1 -n life"), StringComparison.Ordinal);
        Assert.Equal("hello ", await Kubectl("get configmap one -n life -o \"jsonpath={.data.greeting} {.data.extra}\""));

        var history = JsonNode.Parse(await Run("history one -n life -o json"))!.AsArray().Select(r => $"{r!["revision"]} {r["status"]} {r["description"]}");
        Assert.Equal(["1 superseded Install complete", "2 superseded Upgrade complete", "3 deployed Rollback to 1"], history);
        Assert.Contains("one 3 deployed", string.Join(',', JsonNode.Parse(await Run("list -A -o json"))!.AsArray().Select(r => $"{r!["name"]} {r["revision"]} {r["status"]}")), StringComparison.Ordinal);
        var status = await Run("status one -n life");
        Assert.Contains("==> v1/Deployment\nNAME   READY   UP-TO-DATE   AVAILABLE   AGE\none    0/2 ", status, StringComparison.Ordinal);
        Assert.Equal("USER-SUPPLIED VALUES:\nextra: more\ngreeting: hi\nowner: me\nreplicas: 3\n", await Run("get values one -n life --revision 2"));
        Assert.Contains("kind: Coupon", await Run("get manifest one -n life"), StringComparison.Ordinal);
        Assert.Contains("helm.sh/hook: pre-upgrade", await Run("get hooks one -n life"), StringComparison.Ordinal);
        Assert.Contains("one says hello in revision 1.", await Run("get notes one -n life"), StringComparison.Ordinal);

        Assert.Equal("release \"one\" uninstalled\n", await Run("uninstall one -n life"));
        Assert.Equal("configmap/one-post-install\nconfigmap/one-pre-install\nconfigmap/one-pre-upgrade\n", await Kubectl("get deployments,services,configmaps,coupons,secrets -n life -o name"));
        // What a chart's crds directory brought stays.
        Assert.Contains("coupons", await Kubectl("get crd coupons.shop.example.com -o name"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_waits_for_workloads_and_goes_back_when_an_upgrade_fails()
    {
        var chart = ChartIn("waits");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(api.Kubeconfig));
        await client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = "waits" } }, cancellationToken: stop.Token);
        var played = Task.WhenAll(PlayDeploymentsAsync(client, stop.Token), PlayPodsAsync(client, stop.Token));

        Assert.Contains("Installing it now", await Run($"upgrade --install two {chart} -n waits --set owner=me --wait --timeout 30s"), StringComparison.Ordinal);
        var failed = (await Helm($"upgrade two {chart} -n waits --set owner=me,greeting=oops,percent=400 --rollback-on-failure --timeout 30s")).Failed();
        Assert.Contains("spec.percent: Invalid value: 400: spec.percent in body should be less than or equal to 100", failed, StringComparison.Ordinal);
        Assert.Equal("hello", await Kubectl("get configmap two -n waits -o jsonpath={.data.greeting}"));
        var history = JsonNode.Parse(await Run("history two -n waits -o json"))!.AsArray().Select(r => $"{r!["revision"]} {r["status"]}");
        Assert.Equal(["1 superseded", "2 failed", "3 deployed"], history);
        var tested = await Run("test two -n waits --timeout 30s");
        Assert.Contains("TEST SUITE:     two-answers", tested, StringComparison.Ordinal);
        Assert.Contains("Phase:          Succeeded", tested, StringComparison.Ordinal);

        await stop.CancelAsync();
        await played.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    [Fact]
    public async Task Existing_objects_are_adopted_and_conflicts_told()
    {
        var chart = ChartIn("owners");
        await Kubectl("create namespace owners");
        await Kubectl("create configmap three -n owners --from-literal=greeting=old");
        Assert.Contains("ConfigMap \"three\" in namespace \"owners\" exists and cannot be imported into the current release", (await Helm($"install three {chart} -n owners --set owner=me")).Failed(), StringComparison.Ordinal);
        Assert.Contains("Apply failed with 1 conflict: conflict with \"kubectl-create\" using v1: .data.greeting",
            (await Helm($"upgrade --install three {chart} -n owners --set owner=me --take-ownership")).Failed(), StringComparison.Ordinal);
        await Run($"upgrade --install three {chart} -n owners --set owner=me --take-ownership --force-conflicts");
        Assert.Equal("hello", await Kubectl("get configmap three -n owners -o jsonpath={.data.greeting}"));

        await Kubectl("scale deployment three -n owners --replicas=7");
        Assert.Contains("conflict with \"kubectl\" with subresource \"scale\" using apps/v1: .spec.replicas", (await Helm($"upgrade three {chart} -n owners --set owner=me,replicas=4")).Failed(), StringComparison.Ordinal);
        await Run($"upgrade three {chart} -n owners --set owner=me,replicas=4 --force-conflicts");
        Assert.Equal("4", await Kubectl("get deployment three -n owners -o jsonpath={.spec.replicas}"));
        Assert.Contains("replicas: 9", await Run($"upgrade three {chart} -n owners --set owner=me,replicas=9 --dry-run=server"), StringComparison.Ordinal);

        await Run($"upgrade three {chart} -n owners --set owner=me,replicas=5 --server-side=false");
        Assert.Equal("5", await Kubectl("get deployment three -n owners -o jsonpath={.spec.replicas}"));
        await Run($"upgrade three {chart} -n owners --set owner=me,replicas=6 --server-side=true");
        Assert.Equal("6 helm Apply", await Kubectl("get deployment three -n owners -o \"jsonpath={.spec.replicas} {.metadata.managedFields[*].manager} {.metadata.managedFields[*].operation}\""));
        Assert.Equal(6, (await Run($"template three {chart} --set owner=me --include-crds --no-hooks")).Split('\n').Count(l => l.StartsWith("kind:", StringComparison.Ordinal)));
    }

    // The controller of Deployments: what is asked for is there at once.
    private static async Task PlayDeploymentsAsync(Kubernetes client, CancellationToken cancellation)
    {
        await foreach (var (type, item) in client.AppsV1.WatchListNamespacedDeploymentAsync("waits", cancellationToken: cancellation))
        {
            if (type == WatchEventType.Deleted || item.Status?.ObservedGeneration == item.Metadata.Generation) continue;
            var replicas = item.Spec.Replicas;
            var status = new
            {
                observedGeneration = item.Metadata.Generation, replicas, updatedReplicas = replicas, readyReplicas = replicas, availableReplicas = replicas,
                conditions = new V1DeploymentCondition[] { new() { Type = "Available", Status = "True" }, new() { Type = "Progressing", Status = "True", Reason = "NewReplicaSetAvailable" } },
            };
            await client.AppsV1.PatchNamespacedDeploymentStatusAsync(new V1Patch(new { status }, V1Patch.PatchType.MergePatch), item.Name(), "waits", cancellationToken: cancellation);
        }
    }

    // A node on which every pod succeeds.
    private static async Task PlayPodsAsync(Kubernetes client, CancellationToken cancellation)
    {
        await foreach (var (type, item) in client.CoreV1.WatchListNamespacedPodAsync("waits", cancellationToken: cancellation))
        {
            if (type != WatchEventType.Added) continue;
            await client.CoreV1.PatchNamespacedPodStatusAsync(
                new V1Patch(new { status = new { phase = "Succeeded" } }, V1Patch.PatchType.MergePatch), item.Name(), "waits", cancellationToken: cancellation);
        }
    }

    private string ChartIn(string name) => ShopChart.Write(Path.Combine(api.Directory, name));

    private Task<ProgramResult> Helm(string arguments) => api.RunAsync(Program, arguments);

    private async Task<string> Run(string arguments) => (await Helm(arguments)).Succeeded();

    private async Task<string> Kubectl(string arguments) => (await api.RunAsync(Conformance.Kubectl.Program, arguments)).Succeeded();
}
