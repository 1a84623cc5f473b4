using System.Text.Json.Nodes;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>Claims of storage, from the manifest to the directory on the machine.</summary>
[Collection(AloneTestGroup.Name)]
public sealed class StorageTests(ClusterFixture cluster)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly SlipwayCli slipway = cluster.Slipway;

    [Fact]
    public async Task A_database_finds_its_data_again_and_takes_it_along_when_it_goes()
    {
        await ApplyAsync($$"""
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: { name: db }
            spec:
              serviceName: db
              selector: { matchLabels: { app: db } }
              persistentVolumeClaimRetentionPolicy: { whenDeleted: Delete }
              volumeClaimTemplates:
                - metadata: { name: data }
                  spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
              template:
                metadata: { labels: { app: db } }
                spec:
                  terminationGracePeriodSeconds: 0
                  securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000 }
                  containers:
                    - name: db
                      image: {{BusyboxImage.Name}}
                      command: [sh, -c, "cat /data/log; echo started >> /data/log; exec sleep 1000000"]
                      volumeMounts: [{ name: data, mountPath: /data }]
            """);
        var first = await RunningAsync("db-0", _ => true);
        var claim = await WaitForAsync("pvc", "data-db-0", c => Phase(c) == "Bound");
        var volume = (string)claim["spec"]!["volumeName"]!;
        var directory = await DirectoryOfAsync(volume);
        Assert.Equal("local-path", (string?)claim["spec"]!["storageClassName"]);

        // The pod goes and comes again, to the same data.
        (await slipway.KubectlAsync("delete", "pod", "db-0")).Expect();
        await RunningAsync("db-0", pod => Uid(pod) != Uid(first));
        await WaitForLogAsync("db-0", "started\n");
        Assert.Equal("started\nstarted\n", await File.ReadAllTextAsync($"{directory}/log", TestContext.Current.CancellationToken));

        // A larger claim is larger at once, and says so.
        (await slipway.KubectlAsync("patch", "pvc", "data-db-0", "-p", """{"spec":{"resources":{"requests":{"storage":"3Gi"}}}}""")).Expect();
        await WaitForAsync("pvc", "data-db-0", c => (string?)c["status"]!["capacity"]!["storage"] == "3Gi");
        var table = (await slipway.KubectlAsync("get", "pv", volume)).Expect().Out;
        Assert.Matches($@"{volume}\s+3Gi\s+RWO\s+Delete\s+Bound\s+default/data-db-0\s+local-path", table);
        Assert.Contains("VolumeResizeSuccessful", (await slipway.KubectlAsync("describe", "pvc", "data-db-0")).Expect().Out);

        // The server is killed and started again.
        slipway.KillServer();
        (await slipway.RunAsync("up")).Expect();
        Assert.True(File.Exists($"{directory}/log"));

        // A claim that is deleted stays while it is in use; then its directory goes with it.
        (await slipway.KubectlAsync("delete", "pvc", "data-db-0", "--wait=false")).Expect();
        Assert.Contains("Terminating", (await slipway.KubectlAsync("get", "pvc", "data-db-0")).Expect().Out);
        Assert.True(File.Exists($"{directory}/log"));
        (await slipway.KubectlAsync("delete", "statefulset", "db")).Expect();
        await GoneAsync("pvc", "data-db-0");
        await GoneAsync("pv", volume);
        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public async Task A_claim_waits_for_its_pod_and_what_is_retained_stays()
    {
        await ApplyAsync("""
            apiVersion: storage.k8s.io/v1
            kind: StorageClass
            metadata: { name: retained }
            provisioner: slipway.dev/local-path
            reclaimPolicy: Retain
            volumeBindingMode: WaitForFirstConsumer
            """, """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: { name: notes }
            spec: { storageClassName: retained, accessModes: [ReadWriteMany], resources: { requests: { storage: 10Mi } } }
            """);
        await WaitUntilAsync(async () => (await slipway.KubectlAsync("describe", "pvc", "notes")).Out.Contains("WaitForFirstConsumer", StringComparison.Ordinal), "the claim tells that it waits");
        await ApplyAsync(Pod("writer", "echo kept > /data/note"));
        await WaitForAsync("pod", "writer", pod => Phase(pod) == "Succeeded");
        var volume = (string)(await slipway.JsonAsync("get", "pvc", "notes"))["spec"]!["volumeName"]!;
        var directory = await DirectoryOfAsync(volume);
        (await slipway.KubectlAsync("delete", "pod", "writer")).Expect();
        (await slipway.KubectlAsync("delete", "pvc", "notes")).Expect();
        await WaitForAsync("pv", volume, pv => Phase(pv) == "Released");
        Assert.Equal("kept\n", await File.ReadAllTextAsync($"{directory}/note", TestContext.Current.CancellationToken));

        // A pod without its claim is told so, and runs when the claim is there: bound by hand to what was kept.
        await ApplyAsync(Pod("reader", "cat /data/note"));
        await WaitUntilAsync(async () => (await slipway.KubectlAsync("describe", "pod", "reader")).Out.Contains("persistentvolumeclaim \"notes\" not found", StringComparison.Ordinal), "the pod tells what it lacks");
        (await slipway.KubectlAsync("patch", "pv", volume, "-p", """{"spec":{"claimRef":null}}""")).Expect();
        await ApplyAsync($$"""
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: { name: notes }
            spec: { storageClassName: retained, volumeName: {{volume}}, accessModes: [ReadWriteMany], resources: { requests: { storage: 10Mi } } }
            """);
        await WaitForAsync("pod", "reader", pod => Phase(pod) == "Succeeded");
        await WaitForLogAsync("reader", "kept\n");
        (await slipway.KubectlAsync("delete", "pod/reader", "pvc/notes", $"pv/{volume}", "storageclass/retained")).Expect();
        Assert.True(Directory.Exists(directory));
    }

    private static string Pod(string name, string command) => $$"""
        apiVersion: v1
        kind: Pod
        metadata: { name: {{name}} }
        spec:
          restartPolicy: Never
          containers: [{ name: c, image: {{BusyboxImage.Name}}, command: [sh, -c, "{{command}}"], volumeMounts: [{ name: data, mountPath: /data }] }]
          volumes: [{ name: data, persistentVolumeClaim: { claimName: notes } }]
        """;

    private async Task ApplyAsync(params string[] documents)
    {
        var file = Path.Combine(slipway.Home, $"{Guid.NewGuid():n}.yaml");
        await File.WriteAllTextAsync(file, string.Join("\n---\n", documents), TestContext.Current.CancellationToken);
        (await slipway.KubectlAsync("apply", "-f", file)).Expect();
    }

    private Task<JsonNode> RunningAsync(string pod, Func<JsonNode, bool> which) => WaitForAsync("pod", pod, p => Phase(p) == "Running" && which(p));

    private async Task<JsonNode> WaitForAsync(string kind, string name, Func<JsonNode, bool> condition)
    {
        JsonNode? last = null;
        await WaitUntilAsync(async () =>
        {
            var answer = await slipway.KubectlAsync("get", kind, name, "-o", "json");
            last = answer.ExitCode == 0 ? JsonNode.Parse(answer.Out) : null;
            return last is not null && condition(last);
        }, $"{kind} {name}");
        return last!;
    }

    private Task GoneAsync(string kind, string name) => WaitUntilAsync(async () => (await slipway.KubectlAsync("get", kind, name)).Error.Contains("not found", StringComparison.Ordinal), $"{kind} {name} is gone");

    private Task WaitForLogAsync(string pod, string text) => WaitUntilAsync(async () => (await slipway.KubectlAsync("logs", pod)).Out == text, $"the log of {pod} is {text}");

    private static Task WaitUntilAsync(Func<Task<bool>> condition, string what) => Waiting.UntilAsync(what, Patience, condition);

    private async Task<string> DirectoryOfAsync(string volume) => (string)(await slipway.JsonAsync("get", "pv", volume))["spec"]!["local"]!["path"]!;

    private static string? Phase(JsonNode item) => (string?)item["status"]?["phase"];

    private static string? Uid(JsonNode item) => (string?)item["metadata"]!["uid"];
}
