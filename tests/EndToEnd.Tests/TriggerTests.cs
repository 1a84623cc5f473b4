using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>Runs that are started by what happens, in containers.</summary>
public sealed class TriggerTests(ClusterFixture cluster)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SlipwayCli slipway = cluster.Slipway;

    [Fact]
    public async Task A_webhook_a_changed_object_and_a_file_each_start_a_run()
    {
        var directory = Directory.CreateDirectory(Path.Combine(slipway.Home, "incoming"));
        await ApplyAsync(
            """{ apiVersion: v1, kind: Secret, metadata: { name: hook }, stringData: { key: s3cret } }""",
            """{ apiVersion: v1, kind: ConfigMap, metadata: { name: watched, labels: { watched: "yes" } }, data: { n: "1" } }""",
            """{ apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: { name: watcher }, rules: [{ apiGroups: [""], resources: [configmaps], verbs: [list, watch] }] }""",
            """{ apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: { name: watcher }, roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: watcher }, subjects: [{ kind: ServiceAccount, name: watcher, namespace: default }] }""",
            $$$"""
            apiVersion: slipway.dev/v1alpha1
            kind: Flow
            metadata: { name: triggered }
            spec:
              params: [{ name: text }]
              triggers:
                - { name: push, webhook: { secret: { name: hook, key: key } }, params: { text: "posted ${{ event.body.ref }}" } }
                - name: changed
                  resource: { apiVersion: v1, kind: ConfigMap, labelSelector: "watched=yes", changes: [Modified], serviceAccountName: watcher }
                  when: event.object.data.n != event.oldObject.data.n
                  params: { text: "changed ${{ event.oldObject.data.n }} to ${{ event.object.data.n }}" }
                - { name: arrived, files: { directory: "{{{directory.FullName}}}", pattern: "*.csv", interval: 1s }, params: { text: "arrived ${{ event.name }} ${{ event.size }}" } }
              tasks:
                - { name: show, image: "{{{BusyboxImage.Name}}}", command: [echo, "${{ params.text }}"] }
            """);
        JsonArray? triggers = null;
        await Waiting.UntilAsync("the flow's status has a position", Patience, async () =>
            (triggers = (await slipway.JsonAsync("get", "flow", "triggered"))["status"]?["triggers"]?.AsArray()) is { Count: 3 } && triggers[1]!["position"] is not null);

        await PostAsync((string)triggers![0]!["path"]!, """{ "ref": "main" }""");
        await ApplyAsync("""{ apiVersion: v1, kind: ConfigMap, metadata: { name: watched, labels: { watched: "yes" } }, data: { n: "2" } }""");
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "a.csv"), "1,2\n", TestContext.Current.CancellationToken);

        var logs = new Dictionary<string, string>();
        await Waiting.UntilAsync("each trigger has a run that has succeeded", Patience, async () =>
        {
            foreach (var run in (await slipway.JsonAsync("get", "flowruns"))["items"]!.AsArray().Where(r => (string?)r!["spec"]!["flow"] == "triggered" && r.Phase() == "Succeeded"))
            {
                var name = (string)run!["metadata"]!["name"]!;
                if (logs.TryAdd((string)run["metadata"]!["labels"]!["slipway.dev/trigger"]!, ""))
                    logs[(string)run["metadata"]!["labels"]!["slipway.dev/trigger"]!] = (await slipway.RunAsync("logs", name, "show")).Expect().Out;
            }

            return logs.Count == 3;
        });
        Assert.Contains("posted main", logs["push"], StringComparison.Ordinal);
        Assert.Contains("changed 1 to 2", logs["changed"], StringComparison.Ordinal);
        Assert.Contains("arrived a.csv 4", logs["arrived"], StringComparison.Ordinal);
    }

    private async Task ApplyAsync(params string[] manifests) => (await slipway.RunWithInputAsync(string.Join("\n---\n", manifests), "apply", "-f", "-")).Expect();

    // As a stranger, who knows the secret and nothing else.
    private async Task PostAsync(string path, string body)
    {
        var config = KubernetesClientConfiguration.BuildConfigFromConfigFile(slipway.Kubeconfig);
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.AddRange(config.SslCaCerts);
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust } }) { Timeout = TimeSpan.FromSeconds(10) };
        using var post = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(config.Host), path)) { Content = new StringContent(body, Encoding.UTF8, "application/json"), Headers = { { "X-Slipway-Token", "s3cret" } } };
        using var answer = await http.SendAsync(post, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }
}
