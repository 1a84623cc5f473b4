using System.Text.Json.Nodes;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>
/// Flows by operators in the cluster, as on any other Kubernetes: the server runs none itself, and the operators have the rights of an installation.
/// </summary>
public sealed class OperatorTests : IAsyncLifetime
{
    private const string Ns = "slipway-system";

    private const string Flow = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: words }
        spec:
          params: [{ name: code, default: 0, type: integer }]
          defaults: { image: "slipway.local/busybox:1", runAsUser: 1000 }
          tasks:
            - name: list
              command: [sh, -c, "echo '[\"one\",\"two\"]' > /out/words"]
              outputs: { values: { words: /out/words } }
            - name: work
              forEach: "${{ tasks.list.values.words }}"
              command: [sh, -c, "echo $W > /out/w.txt; dd if=/dev/zero of=/out/big bs=1024 count=4096 2>/dev/null"]
              env: [{ name: W, value: "${{ item }}" }]
              outputs: { files: { word: /out/w.txt, big: /out/big } }
            - name: join
              command: [sh, -c, "cat /in/all/* > /out/joined; ls /in/bigs >> /out/joined; test ! -e /var/run/secrets/slipway.dev && ! echo x > /in/one"]
              inputs: { all: "${{ tasks.work.files.word }}", bigs: "${{ tasks.work.files.big }}" }
              outputs: { files: { joined: /out/joined } }
            - { name: last, command: [sh, -c, "sleep 3; exit ${{ params.code }}"], needs: [join] }
        """;

    private readonly SlipwayCli _slipway = new("operator");

    public async ValueTask InitializeAsync()
    {
        (await _slipway.RunAsync("up", "--flows", "off")).Expect();
        await BusyboxImage.BuildAsync(_slipway);
        var archive = Path.Combine(_slipway.Home, "slipway.tar");
        (await _slipway.RunAsync("image", "export", archive)).Expect();
        (await _slipway.RunAsync("image", "load", archive)).Expect();
        (await _slipway.RunAsync("install", "--replicas", "2", "--storage", "1Gi")).Expect();
        (await _slipway.KubectlAsync("-n", Ns, "rollout", "status", "deployment/slipway-operator", "--timeout=60s")).Expect();
        await File.WriteAllTextAsync(Path.Combine(_slipway.Home, "flow.yaml"), Flow);
    }

    public ValueTask DisposeAsync() => _slipway.DisposeAsync();

    [Fact]
    public async Task A_flow_passes_files_fails_where_it_fails_and_goes_on_when_the_operator_that_leads_is_killed()
    {
        // Files and values pass, and the records are read through the API server.
        (await _slipway.RunAsync("run", "flow.yaml")).Expect();
        var run = (await _slipway.JsonAsync("runs"))["items"]![0]!;
        Assert.Equal("Succeeded", run["phase"]!.ToString());
        var joined = (await _slipway.RunAsync("runs", "get", run["name"]!.ToString(), "join/joined", "-o", "-")).Expect().Out;
        Assert.Equal("one\ntwo\n00000-big\n00001-big\n", joined);

        // Who leads was asked whether the flow is sound.
        Assert.Contains("apiserver_admission_webhook_request_total{name=\"admission.slipway.dev\",type=\"validating\",operation=\"CREATE\",code=\"200\",rejected=\"false\"}",
            (await _slipway.KubectlAsync("get", "--raw", "/metrics")).Expect().Out, StringComparison.Ordinal);

        // A failure is told as everywhere.
        var failed = await _slipway.RunAsync("run", "words", "--param", "code=7");
        Assert.NotEqual(0, failed.ExitCode);
        Assert.Contains("last ended with exit code 7", failed.Out + failed.Error, StringComparison.Ordinal);

        // What needs more of the cluster than pods: a service between tasks, the files of a directory, replicas.
        var different = await _slipway.RunGoldenAsync(["directory-files", "gang", "service"]);
        Assert.True(different.Count == 0, string.Join("\n", different));

        await KeepInClaimAsync();

        // Another takes over.
        var going = _slipway.RunAsync("run", "words");
        await Waiting.UntilAsync("the last task runs", TimeSpan.FromSeconds(60), async () => await PodsOfAsync("last") >= 3);
        var leader = await LeaderAsync();
        (await _slipway.KubectlAsync("-n", Ns, "delete", "pod", leader, "--force", "--grace-period=0")).Expect();
        (await going).Expect();
        Assert.NotEqual(leader, await LeaderAsync());
        var runs = (await _slipway.JsonAsync("runs", "--flow", "words"))["items"]!.AsArray();
        Assert.Equal(["Failed", "Succeeded", "Succeeded", "Succeeded"], runs.Select(r => r!["phase"]!.ToString()).Order());
    }

    /// <summary>A store in a claim needs a right that no installation gives; what is in the way is said, and then all is in the volume.</summary>
    private async Task KeepInClaimAsync()
    {
        (await _slipway.RunWithInputAsync("""
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: { name: artifacts }
            spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
            ---
            apiVersion: slipway.dev/v1alpha1
            kind: ArtifactStore
            metadata: { name: disk }
            spec: { default: true, claim: { name: artifacts } }
            """, "apply", "-f", "-")).Expect();
        await Waiting.UntilAsync("the missing right is told", TimeSpan.FromMinutes(2), async () =>
            (await _slipway.JsonAsync("get", "artifactstore", "disk"))["status"]?["conditions"]?[0] is { } ready && (string?)ready["reason"] == "NotAllowed" && ready["message"]!.ToString().Contains("pods/exec", StringComparison.Ordinal));
        (await _slipway.KubectlAsync("create", "role", "artifact-store", "--verb", "create,get", "--resource", "pods/exec", "--resource-name", "artifact-store-disk")).Expect();
        (await _slipway.KubectlAsync("create", "rolebinding", "artifact-store", "--role", "artifact-store", "--serviceaccount", $"{Ns}:slipway-operator")).Expect();
        (await _slipway.RunAsync("run", "words")).Expect();
        var volume = (string)(await _slipway.JsonAsync("get", "pvc", "artifacts"))["spec"]!["volumeName"]!;
        var root = Path.Combine((string)(await _slipway.JsonAsync("get", "pv", volume))["spec"]!["local"]!["path"]!, "default", "disk");
        var contents = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Where(f => new FileInfo(f).Length < 100).Select(File.ReadAllText).ToList();
        Assert.Contains("one\ntwo\n00000-big\n00001-big\n", contents);
        (await _slipway.RunAsync("delete", "artifactstore", "disk")).Expect();
    }

    private async Task<int> PodsOfAsync(string task) =>
        JsonNode.Parse((await _slipway.KubectlAsync("get", "pods", "-l", $"slipway.dev/task={task}", "-o", "json")).Expect().Out)!["items"]!.AsArray().Count;

    private async Task<string> LeaderAsync() =>
        (await _slipway.KubectlAsync("-n", Ns, "get", "lease", "slipway-operator", "-o", "jsonpath={.spec.holderIdentity}")).Expect().Out.Split('_')[0];
}
