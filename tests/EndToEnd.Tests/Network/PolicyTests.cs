using System.Text.RegularExpressions;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>NetworkPolicies between real containers: what they allow and what they forbid is tried.</summary>
[Collection(AloneTestGroup.Name)]
public sealed class PolicyTests(ClusterFixture cluster) : IAsyncLifetime
{
    private readonly SlipwayCli slipway = cluster.Slipway;
    private readonly NetworkPods pods = new(cluster.Slipway);

    public async ValueTask InitializeAsync() => await pods.BuildImageAsync();

    public async ValueTask DisposeAsync()
    {
        (await slipway.KubectlAsync("delete", "networkpolicies", "--all")).Expect();
        (await slipway.KubectlAsync("delete", "pods", "--all", "--now")).Expect();
        (await slipway.RunAsync("delete", "namespace", "guests")).Expect();
    }

    [Fact]
    public async Task Traffic_passes_as_policies_say()
    {
        // 1. A database that its application, and a namespace with a label, reach at one port; and the pods that ask.
        await pods.ApplyAsync("""
            apiVersion: v1
            kind: Namespace
            metadata: { name: guests, labels: { team: data } }
            """);
        await NetworkPods.WaitForAsync(async () => (await slipway.RunAsync("get", "serviceaccount", "default", "-n", "guests")).ExitCode == 0, "the namespace has its account");
        await pods.ApplyAsync(NetworkPods.Server("base", "base"), NetworkPods.Server("other", "other"), Asker("app"), Asker("stranger"), Asker("guest", "guests"), Asker("closed"));
        var (@base, other) = (await pods.AddressAsync("base"), await pods.AddressAsync("other"));
        foreach (var (pod, ns) in Askers) await pods.AddressAsync(pod, ns);
        await NetworkPods.WaitForAsync(async () => await AsksAsync("app", @base) == "base" && await AsksAsync("app", other) == "other", "both servers answer");
        foreach (var (pod, ns) in Askers) Assert.Equal("base", await AsksAsync(pod, @base, ns));

        // 2. Who may come in: by pod, by namespace, at a port.
        await pods.ApplyAsync("""
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: { name: base }
            spec:
              podSelector: { matchLabels: { app: base } }
              ingress:
                - from: [{ podSelector: { matchLabels: { app: app } } }, { namespaceSelector: { matchLabels: { team: data } } }]
                  ports: [{ port: 8080 }]
            """);
        await NetworkPods.WaitForAsync(async () => await AsksAsync("stranger", @base) == "failed", "a stranger does not reach the database");
        Assert.Equal("base", await AsksAsync("app", @base));
        Assert.Equal("base", await AsksAsync("guest", @base, "guests"));
        Assert.Equal("failed", await AsksAsync("closed", @base));
        Assert.Equal("other", await AsksAsync("stranger", other));   // policies are about the pods that they select
        using (var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) })
            Assert.Equal("base", (await http.GetStringAsync(new Uri($"http://{@base}:8080/"), TestContext.Current.CancellationToken)).Trim());   // as does the node, whose probes must pass

        // 3. The port that is allowed, and no other.
        await pods.ApplyAsync("""
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: { name: base }
            spec:
              podSelector: { matchLabels: { app: base } }
              ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 9090, endPort: 9099 }] }]
            """);
        await NetworkPods.WaitForAsync(async () => await AsksAsync("app", @base) == "failed", "another port is closed");
        Assert.Equal("failed", await AsksAsync("guest", @base, "guests"));

        // 4. Where a pod may go: a block of addresses with a hole in it.
        await pods.ApplyAsync($$"""
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: { name: closed }
            spec:
              podSelector: { matchLabels: { app: closed } }
              policyTypes: [Egress]
              egress: [{ to: [{ ipBlock: { cidr: 0.0.0.0/0, except: ["{{other}}/32"] } }] }]
            """);
        await NetworkPods.WaitForAsync(async () => await AsksAsync("closed", other) == "failed", "the hole in the block is closed");
        Assert.Equal("other", await AsksAsync("stranger", other));
        (await slipway.RunAsync("delete", "networkpolicy", "base")).Expect();
        await NetworkPods.WaitForAsync(async () => await AsksAsync("closed", @base) == "base", "what is in the block is reached");

        // 5. Nothing is left when the last policy is gone.
        (await slipway.KubectlAsync("delete", "networkpolicies", "--all")).Expect();
        await NetworkPods.WaitForAsync(async () => await AsksAsync("closed", other) == "other" && await AsksAsync("stranger", @base) == "base", "everything is open again");
    }

    private static IEnumerable<(string Pod, string Namespace)> Askers => [("app", "default"), ("stranger", "default"), ("guest", "guests"), ("closed", "default")];

    private static string Asker(string name, string ns = "default") => $$"""
        apiVersion: v1
        kind: Pod
        metadata: { name: {{name}}, namespace: {{ns}}, labels: { app: {{name}} } }
        spec:
          terminationGracePeriodSeconds: 0
          containers: [{ name: main, image: IMAGE, command: [busybox, sleep, "600"] }]
        """;

    // A packet that is dropped is heard of by nobody, so that a second says that there is no way.
    private async Task<string> AsksAsync(string pod, string address, string ns = "default")
    {
        var answer = await slipway.KubectlAsync("exec", pod, "-n", ns, "--", "busybox", "timeout", "1", "bash", "-c", $"exec 3<>/dev/tcp/{address}/8080; printf 'GET / HTTP/1.0\r\n\r\n' >&3; busybox tail -n 1 <&3");
        return answer.ExitCode == 0 ? Regex.Replace(answer.Out, @"\s", "") : "failed";
    }
}
