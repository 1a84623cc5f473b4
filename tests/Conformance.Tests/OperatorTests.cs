using System.Diagnostics;

namespace Slipway.Conformance;

/// <summary>
/// An operator, a program of its own with a kind, both kinds of webhook, owned objects, conditions and a finalizer, driven with
/// kubectl through a life in which it is killed.
/// </summary>
public sealed class OperatorTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    private const string Shop = """
        apiVersion: web.example.com/v1
        kind: Site
        metadata: { name: shop, namespace: sites }
        spec: { host: shop.example.com, pages: { index: welcome } }
        """;

    [Fact]
    public async Task Its_kind_lives_from_the_first_object_to_the_last()
    {
        using (var first = await OperatorProcess.StartAsync(api, "first"))
        {
            await Run("create namespace sites");
            await Run("wait crd/sites.web.example.com --for=condition=Established --timeout=20s");
            await WebhooksJudge();
            await ObjectsFollow();
            first.Kill();
        }
        await NobodyAnswersWhileItIsAway();
        using (await OperatorProcess.StartAsync(api, "second"))
        {
            await DeletionWaitsForTheArchive();
            Assert.Equal("site.web.example.com/late created\n", await Run("create -f -", Shop.Replace("name: shop", "name: late")));
            await Run("wait configmap/late-pages -n sites --for=create --timeout=20s");
        }
        Assert.Equal("second 1", await Run("get lease sites -o \"jsonpath={.spec.holderIdentity} {.spec.leaseTransitions}\""));
    }

    private async Task WebhooksJudge()
    {
        var created = await Kubectl("apply --server-side -f -", Shop.Replace("index", "about"));
        Assert.Equal("site.web.example.com/shop serverside-applied\n", created.Succeeded());
        Assert.Contains("Warning: spec.pages: there is no page \"index\"\n", created.Errors, StringComparison.Ordinal);
        Assert.Equal("2 shop.example.com", await Run("""get site shop -n sites -o "jsonpath={.spec.replicas} {.metadata.labels.web\.example\.com/host}" """));
        Assert.Contains("admission webhook \"validate.web.example.com\" denied the request: spec.replicas: 9 are more than 5",
            (await Kubectl(Patch("site", """{"spec":{"replicas":9}}"""))).Failed(), StringComparison.Ordinal);
        Assert.Contains("denied the request: spec.host: a site cannot move",
            (await Kubectl("apply --server-side -f -", Shop.Replace("host: shop", "host: mall"))).Failed(), StringComparison.Ordinal);
        // Also where nothing would be kept.
        Assert.Contains("denied the request", (await Kubectl("create --dry-run=server -f -", Shop.Replace("name: shop", "name: big").Replace("spec: {", "spec: { replicas: 6,"))).Failed(), StringComparison.Ordinal);
        // The schema is asked after the mutating webhook and before the validating one.
        Assert.Contains("spec.replicas: Invalid value: -1", (await Kubectl(Patch("site", """{"spec":{"replicas":-1}}"""))).Failed(), StringComparison.Ordinal);
        Assert.Empty((await Kubectl("apply --server-side -f -", Shop)).Errors);
    }

    private async Task ObjectsFollow()
    {
        await Run("wait deployment/shop -n sites --for=create --timeout=20s");
        await Run("wait site/shop -n sites --for=jsonpath={.status.conditions[0].reason}=Starting --timeout=20s");
        Assert.Equal("Site shop true", await Run("""get deployment shop -n sites -o "jsonpath={.metadata.ownerReferences[0]['kind','name','controller']}" """));
        Assert.Equal("[\"web.example.com/archived\"]", await Run("get site shop -n sites -o jsonpath={.metadata.finalizers}"));
        Assert.Contains("HOST               READY\nshop   shop.example.com   False\n", await Run("get sites -n sites"), StringComparison.Ordinal);

        // The test plays the controller of Deployments.
        await Run(Patch("deployment", """{"status":{"replicas":2,"readyReplicas":2,"availableReplicas":2}}""") + " --subresource=status");
        Assert.Equal("site.web.example.com/shop condition met\n", await Run("wait site/shop -n sites --for=condition=Ready --timeout=20s"));
        Assert.Equal("https://shop.example.com/", await Run("get site shop -n sites -o jsonpath={.status.url}"));

        await Run(Patch("site", """{"spec":{"pages":{"index":"hello"},"replicas":3}}"""));
        await Run("wait configmap/shop-pages -n sites --for=jsonpath={.data.index}=hello --timeout=20s");
        await Run("wait deployment/shop -n sites --for=jsonpath={.spec.replicas}=3 --timeout=20s");
        await Run("wait site/shop -n sites --for=condition=Ready=False --timeout=20s");
        Assert.Equal("2 of 3 replicas are available", await Run("get site shop -n sites -o jsonpath={.status.conditions[0].message}"));

        await Run("delete configmap shop-pages -n sites");
        await Run("wait configmap/shop-pages -n sites --for=jsonpath={.data.index}=hello --timeout=20s");
        await Run("label service shop -n sites mine=yes");
        Assert.Equal("yes", await Run("get service shop -n sites -o jsonpath={.metadata.labels.mine}"));
    }

    private async Task NobodyAnswersWhileItIsAway()
    {
        var refused = (await Kubectl("create -f -", Shop.Replace("name: shop", "name: late"))).Failed();
        Assert.Contains("failed calling webhook \"mutate.web.example.com\": failed to call webhook: Post \"https://127.0.0.1:", refused, StringComparison.Ordinal);
        Assert.Contains("connection refused", refused, StringComparison.Ordinal);
        await Run("create -f -", "{apiVersion: v1, kind: ConfigMap, metadata: {name: shop-hold, namespace: sites, labels: {web.example.com/site: shop}}}");
        await Run("delete site shop -n sites --wait=false");
    }

    private async Task DeletionWaitsForTheArchive()
    {
        await Run("wait site/shop -n sites --for=jsonpath={.status.conditions[0].reason}=HeldBack --timeout=20s");
        Assert.NotEmpty(await Run("get site shop -n sites -o jsonpath={.metadata.deletionTimestamp}"));
        Assert.Contains("NotFound", (await Kubectl("get configmap shop-archive -n sites")).Failed(), StringComparison.Ordinal);
        await Run("delete configmap shop-hold -n sites");
        await Run("wait site/shop -n sites --for=delete --timeout=20s");
        Assert.Equal("{\"index\":\"hello\"}", await Run("get configmap shop-archive -n sites -o jsonpath={.data}"));
    }

    private static string Patch(string kind, string patch) => $"patch {kind} shop -n sites --type=merge -p \"{patch.Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private Task<ProgramResult> Kubectl(string arguments, string input = "") => api.RunAsync(Conformance.Kubectl.Program, arguments, input);

    private async Task<string> Run(string arguments, string input = "") => (await Kubectl(arguments, input)).Succeeded();

    /// <summary>The operator, running.</summary>
    private sealed class OperatorProcess(Process process) : IDisposable
    {
        /// <summary>Starts a candidate and waits until it leads.</summary>
        public static async Task<OperatorProcess> StartAsync(ApiServerFixture api, string identity)
        {
            var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Conformance.Operator"), identity) { RedirectStandardOutput = true };
            start.Environment["KUBECONFIG"] = api.Kubeconfig;
            var running = new OperatorProcess(Process.Start(start)!);
            await running.SaysAsync($"{identity} leads");
            return running;
        }

        /// <summary>Ends it as a crash would.</summary>
        public void Kill() => process.Kill();

        public void Dispose()
        {
            if (!process.HasExited) process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        private async Task SaysAsync(string expected)
        {
            while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                if (line != expected) continue;
                // What else it says is read, so that it never waits for a reader.
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                return;
            }
            throw new InvalidOperationException($"the operator ended with {process.ExitCode} before it said \"{expected}\"");
        }
    }
}
