using System.Text.Json.Nodes;
using Slipway.Testing;

namespace EndToEnd.Tests.Chaos;

/// <summary>What runs while things are killed: a web service, a stateful set, a daemon, and jobs that come one after the other.</summary>
internal sealed class ChaosLoad(SlipwayCli slipway)
{
    private const string Image = "slipway.local/chaos:1";

    private const string Manifest = $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: page }
        data: { index.html: "served\n" }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec: { selector: { app: web }, ports: [{ port: 80, targetPort: http }] }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 4
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                image: {{Image}}
                command: [httpd, -f, -p, "8080", -h, /www]
                ports: [{ name: http, containerPort: 8080 }]
                readinessProbe: { httpGet: { path: /, port: http }, periodSeconds: 1 }
                livenessProbe: { tcpSocket: { port: http }, periodSeconds: 5 }
                volumeMounts: [{ name: page, mountPath: /www }, { name: scratch, mountPath: /scratch }]
              volumes: [{ name: page, configMap: { name: page } }, { name: scratch, emptyDir: { medium: Memory } }]
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: base }
        spec:
          replicas: 2
          selector: { matchLabels: { app: base } }
          template:
            metadata: { labels: { app: base } }
            spec:
              terminationGracePeriodSeconds: 1
              initContainers: [{ name: first, image: {{Image}}, command: ["true"] }]
              containers:
              - { name: main, image: {{Image}}, command: [sleep, "100000"], volumeMounts: [{ name: scratch, mountPath: /scratch }] }
              - { name: side, image: {{Image}}, command: [sleep, "100000"] }
              volumes: [{ name: scratch, emptyDir: {} }]
        ---
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: agent }
        spec:
          selector: { matchLabels: { app: agent } }
          template:
            metadata: { labels: { app: agent } }
            spec:
              hostNetwork: true
              terminationGracePeriodSeconds: 1
              containers: [{ name: main, image: {{Image}}, command: [sleep, "100000"] }]
        """;

    private readonly List<string> _jobs = [];
    private readonly HashSet<string> _deleted = [];

    /// <summary>How many pods each index of a job needs to succeed.</summary>
    public const int Completions = 6;

    /// <summary>Builds the image.</summary>
    public async Task BuildImageAsync()
    {
        var context = Directory.CreateDirectory(Path.Combine(slipway.Home, "chaos-image")).FullName;
        var bin = Directory.CreateDirectory(Path.Combine(context, "root", "bin")).FullName;
        File.Copy(Repository.Require("/bin/busybox"), Path.Combine(bin, "busybox"), overwrite: true);
        foreach (var program in "sh true sleep httpd".Split(' '))
            File.CreateSymbolicLink(Path.Combine(bin, program), "busybox");
        await File.WriteAllTextAsync(Path.Combine(context, "Dockerfile"), "FROM scratch\nCOPY root/ /\nENV PATH=/bin\n");
        (await slipway.RunAsync("image", "build", "-t", Image, context)).Expect();
    }

    /// <summary>Creates all but the jobs.</summary>
    public async Task ApplyAsync() => (await slipway.RunWithInputAsync(Manifest, "apply", "-f", "-")).Expect();

    /// <summary>Creates one more job: <see cref="Completions"/> indexes, three at a time, of a second each.</summary>
    public async Task AddJobAsync()
    {
        var name = $"work-{_jobs.Count}";
        _jobs.Add(name);
        (await slipway.RunWithInputAsync($$"""
            apiVersion: batch/v1
            kind: Job
            metadata: { name: {{name}} }
            spec:
              completionMode: Indexed
              completions: {{Completions}}
              parallelism: 3
              backoffLimit: 1000
              template:
                metadata: { labels: { app: work } }
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 1
                  containers: [{ name: main, image: {{Image}}, command: [sleep, "1"] }]
            """, "apply", "-f", "-")).Expect();
    }

    /// <summary>All pods, those of ended jobs included.</summary>
    public async Task<List<JsonNode>> PodsAsync() => [.. (await slipway.JsonAsync("get", "pods"))["items"]!.AsArray().Select(pod => pod!)];

    /// <summary>What is not yet as it is declared; empty when all is.</summary>
    public async Task<IReadOnlyList<string>> DifferencesAsync()
    {
        var differences = new List<string>();
        foreach (var kind in new[] { "deployment", "statefulset" })
            foreach (var set in await ItemsAsync(kind))
            {
                var (wanted, status) = ((int)set["spec"]!["replicas"]!, set["status"]);
                foreach (var count in new[] { "replicas", "readyReplicas", "availableReplicas", "updatedReplicas" })
                    if ((int?)status?[count] != wanted)
                        differences.Add($"{kind} {set["metadata"]!["name"]}: {count} is {status?[count]}, not {wanted}");
                if ((long?)status?["observedGeneration"] != (long)set["metadata"]!["generation"]!)
                    differences.Add($"{kind} {set["metadata"]!["name"]}: its newest generation is not observed");
            }
        var daemon = (await ItemsAsync("daemonset")).Single()["status"];
        foreach (var count in new[] { "desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled" })
            if ((int?)daemon?[count] != 1)
                differences.Add($"daemonset agent: {count} is {daemon?[count]}, not 1");
        foreach (var job in await ItemsAsync("job"))
            if ((int?)job["status"]?["succeeded"] != Completions || job["status"]?["completionTime"] is null)
                differences.Add($"job {job["metadata"]!["name"]}: {job["status"]?.ToJsonString()}");
        var web = (int)(await ItemsAsync("deployment")).Single()["spec"]!["replicas"]!;
        var pods = await PodsAsync();
        differences.AddRange(pods.Where(pod => pod["metadata"]!["deletionTimestamp"] is not null).Select(pod => $"pod {pod["metadata"]!["name"]} is still being deleted"));
        foreach (var (app, count) in new[] { ("web", web), ("base", 2), ("agent", 1) })
            if (Of(pods, app).Count() is var there && there != count)
                differences.Add($"{there} pods of {app}, not {count}");
        return differences;
    }

    /// <summary>A pod is deleted by the test: that its index has succeeded may not be seen any more.</summary>
    public void MarkDeleted(JsonNode pod) => _deleted.Add(IndexOf(pod));

    /// <summary>Indexes of jobs for which not exactly one pod has succeeded.</summary>
    public async Task<IReadOnlyList<string>> NotOnceAsync()
    {
        var succeeded = Of(await PodsAsync(), "work").Where(pod => (string?)pod["status"]?["phase"] == "Succeeded").CountBy(IndexOf).ToDictionary();
        return [.. from job in _jobs
                   from index in Enumerable.Range(0, Completions)
                   let count = succeeded.GetValueOrDefault($"{job}/{index}")
                   where count > 1 || (count == 0 && !_deleted.Contains($"{job}/{index}"))
                   select $"{job}/{index} has succeeded {count} times"];
    }

    /// <summary>Deletes all of it and waits until the pods are gone.</summary>
    public async Task DeleteAsync()
    {
        (await slipway.KubectlAsync("delete", "deployments,statefulsets,daemonsets,jobs", "--all", "--timeout=60s")).Expect();
        (await slipway.KubectlAsync("delete", "service/web", "configmap/page")).Expect();
        await WaitForAsync(async () => [.. (await PodsAsync()).Select(pod => $"pod {pod["metadata"]!["name"]} is still there")], TimeSpan.FromSeconds(60));
    }

    /// <summary>Waits until there is nothing left to say.</summary>
    public static async Task WaitForAsync(Func<Task<IReadOnlyList<string>>> remaining, TimeSpan patience)
    {
        IReadOnlyList<string> left = [];
        if (!await Waiting.IsSoWithinAsync(patience, async () => (left = await remaining()).Count == 0))
            throw new TimeoutException($"not after {patience.TotalSeconds} s:\n{string.Join('\n', left)}");
    }

    private static string IndexOf(JsonNode pod) =>
        $"{pod["metadata"]!["labels"]!["batch.kubernetes.io/job-name"]}/{pod["metadata"]!["labels"]!["batch.kubernetes.io/job-completion-index"]}";

    private static IEnumerable<JsonNode> Of(List<JsonNode> pods, string app) => pods.Where(pod => (string?)pod["metadata"]!["labels"]?["app"] == app);

    private async Task<IEnumerable<JsonNode>> ItemsAsync(string kind) => (await slipway.JsonAsync("get", kind))["items"]!.AsArray().Select(item => item!);
}
