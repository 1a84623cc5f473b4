namespace Slipway.Conformance;

/// <summary>An unmodified kubectl against the API server.</summary>
public sealed class KubectlTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    private const string Pod = """
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          containers:
          - { name: main, image: "example.com/web:1", command: [serve], resources: { limits: { memory: 64Mi } } }
          - { name: side, image: "example.com/side:1" }
        """;

    private const string Definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: { name: crontabs.stable.example.com }
        spec:
          group: stable.example.com
          scope: Namespaced
          names: { plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct] }
          versions:
          - name: v1
            served: true
            storage: true
            subresources: { status: {} }
            additionalPrinterColumns:
            - { name: Spec, type: string, jsonPath: .spec.cronSpec }
            - { name: Replicas, type: integer, jsonPath: .spec.replicas }
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec:
                    type: object
                    required: [cronSpec]
                    properties:
                      cronSpec: { type: string, pattern: '^[0-9 *]+$', description: When it runs. }
                      replicas: { type: integer, default: 1, minimum: 1 }
        """;

    [Fact]
    public async Task It_creates_reads_and_deletes_from_the_command_line()
    {
        await Run("create namespace basics");
        await Run("create configmap c --from-literal=k=v -n basics");
        await Run("create secret generic s --from-literal=p=q -n basics");
        await Run("create serviceaccount a -n basics");
        await Run("create job j --image=example.com/j -n basics -- true");
        Assert.Equal("v", await Run("get configmap c -n basics -o jsonpath={.data.k}"));
        Assert.Equal("cQ==", await Run("get secret s -n basics -o jsonpath={.data.p}"));
        Assert.Equal("[\"true\"]", await Run("get job j -n basics -o jsonpath={.spec.template.spec.containers[0].command}"));
        Assert.Contains("name: c\n", await Run("get configmap c -n basics -o yaml"));
        Assert.Equal("configmap/c\n", await Run("get configmaps -n basics -o name"));
        Assert.Equal("NAME   K\nc      v\n", await Run("get configmaps -n basics -o custom-columns=NAME:.metadata.name,K:.data.k"));
        await Run("delete configmap c -n basics");
        Assert.Contains("Error from server (NotFound): configmaps \"c\" not found", (await Kubectl("get configmap c -n basics")).Failed());
        Assert.Contains("(AlreadyExists)", (await Kubectl("create namespace basics")).Failed());
    }

    [Fact]
    public async Task It_applies_and_changes_objects()
    {
        await Run("create namespace changes");
        Assert.Equal("pod/web created\n", await Run("apply -n changes -f -", Pod));
        Assert.Equal("pod/web unchanged\n", await Run("apply -n changes -f -", Pod));
        var changed = Pod.Replace("web:1", "web:2").Replace("app: web", "tier: front");
        var diff = await Kubectl("diff -n changes -f -", changed);
        Assert.Equal(1, diff.Code);
        Assert.Contains("+  - command:\n", diff.Output.Replace("   - command:", "+  - command:"));
        Assert.Equal("pod/web configured\n", await Run("apply -n changes -f -", changed));
        Assert.Equal("example.com/web:2", await Run("get pod web -n changes -o jsonpath={.spec.containers[0].image}"));
        Assert.Equal("{\"tier\":\"front\"}", await Run("get pod web -n changes -o jsonpath={.metadata.labels}"));

        await Run("label pod web -n changes a=b");
        await Run("annotate pod web -n changes c=d");
        Assert.Equal("pod/web\n", await Run("get pods -n changes -l a=b -o name"));
        await Run("""patch pod web -n changes -p "{\"spec\":{\"containers\":[{\"name\":\"side\",\"image\":\"example.com/side:2\"}]}}" """);
        await Run("""patch pod web -n changes --type=merge -p "{\"metadata\":{\"labels\":{\"a\":null}}}" """);
        await Run("""patch pod web -n changes --type=json -p "[{\"op\":\"replace\",\"path\":\"/spec/containers/0/image\",\"value\":\"example.com/web:3\"}]" """);
        Assert.Equal("example.com/web:3 example.com/side:2", await Run("get pod web -n changes -o jsonpath={.spec.containers[*].image}"));
        Assert.Empty(await Run("get pods -n changes -l a=b -o name"));
        await Run("replace -n changes -f -", await Run("get pod web -n changes -o json").ContinueWith(t => t.Result.Replace("web:3", "web:4"), TaskScheduler.Default));
        Assert.Equal("example.com/web:4", await Run("get pod web -n changes -o jsonpath={.spec.containers[0].image}"));
        Assert.Contains("Image:      example.com/web:4", await Run("describe pod web -n changes"));
        Assert.Contains("forced", (await Kubectl("delete pod web -n changes --force --grace-period=0")).Succeeded().Replace("force deleted", "forced"));
    }

    [Fact]
    public async Task It_waits_and_watches()
    {
        await Run("create namespace waits");
        await Run("apply -n waits -f -", Pod);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        using var watch = api.Start(Conformance.Kubectl.Program, "get pods -n waits --watch --output-watch-events");
        Assert.StartsWith("EVENT ", await watch.StandardOutput.ReadLineAsync(limit.Token));
        Assert.StartsWith("ADDED ", await watch.StandardOutput.ReadLineAsync(limit.Token));
        var wait = Kubectl("wait --for=delete pod/web -n waits --timeout=20s");
        await Run("label pod web -n waits seen=yes");
        await Run("delete pod web -n waits");
        Assert.Equal("pod/web condition met\n", (await wait).Succeeded());
        string? line;
        do line = await watch.StandardOutput.ReadLineAsync(limit.Token);
        while (line?.StartsWith("MODIFIED ", StringComparison.Ordinal) == true);
        Assert.StartsWith("DELETED ", line);
        watch.Kill();
        await watch.WaitForExitAsync(limit.Token);
    }

    [Fact]
    public async Task It_lists_and_explains_what_is_served()
    {
        Assert.Matches("(?m)^pods +po ", await Run("api-resources"));
        Assert.Contains("slipway.dev/v1alpha1\n", await Run("api-versions"));
        Assert.Contains("Server Version: v1.37.0+slipway", await Run("version"));
        Assert.Contains("FIELD: spec <PodSpec>", await Run("explain pod.spec"));
        Assert.Contains("FIELD: image <string>", await Run("explain pod.spec.containers.image"));
        Assert.Contains("KIND:       Flow", await Run("explain flows --recursive"));
        Assert.Contains("admin", await Run("auth whoami"));
        Assert.Equal("yes\n", await Run("auth can-i delete pods"));
        Assert.Contains("default", await Run("get namespaces -o wide"));
    }

    [Fact]
    public async Task It_says_which_field_is_wrong()
    {
        var unknown = (await Kubectl("create -f -", Pod.Replace("containers:", "containres:"))).Failed();
        Assert.Contains("unknown field \"spec.containres\"", unknown);
        var invalid = (await Kubectl("create -f -", Pod.Replace("name: web,", "name: Web_1,"))).Failed();
        Assert.Contains("The Pod \"Web_1\" is invalid: metadata.name: Invalid value: \"Web_1\": a lowercase RFC 1123 subdomain", invalid);
        var absent = (await Kubectl("create -n nowhere -f -", Pod)).Failed();
        Assert.Contains("namespaces \"nowhere\" not found", absent);
    }

    [Fact]
    public async Task It_defines_and_uses_a_kind_from_one_file()
    {
        const string good = "apiVersion: stable.example.com/v1\nkind: CronTab\nmetadata: { name: good }\nspec: { cronSpec: '5 * *' }\n";
        await Run("api-resources");   // kubectl looks for new kinds only when it did not read the old ones just now
        Assert.Equal(
            "customresourcedefinition.apiextensions.k8s.io/crontabs.stable.example.com created\ncrontab.stable.example.com/good created\n",
            await Run("create -f -", Definition + "\n---\n" + good));
        await Run("wait --for=condition=Established crd/crontabs.stable.example.com");
        Assert.Equal("NAME   SPEC    REPLICAS\ngood   5 * *   1\n", await Run("get ct"));
        Assert.Contains("When it runs.", await Run("explain ct.spec.cronSpec"));

        var bad = (await Kubectl("create -f -", good.Replace("good", "bad").Replace("'5 * *'", "x, replicas: 0"))).Failed();
        Assert.Contains("spec.cronSpec", bad);
        Assert.Contains("spec.replicas", bad);
        Assert.Contains("unknown field \"spec.colour\"", (await Kubectl("create -f -", good.Replace("cronSpec:", "colour: red, cronSpec:"))).Failed());
        await Run("delete crd crontabs.stable.example.com");
        Assert.Contains("the server could not find the requested resource", (await Kubectl("get crontabs")).Failed());
    }

    [Fact]
    public async Task It_shows_events()
    {
        await Run("create -f -", """
            apiVersion: v1
            kind: Event
            metadata: { name: e, namespace: default }
            involvedObject: { apiVersion: v1, kind: Pod, name: p, namespace: default }
            reason: Killing
            message: It was stopped.
            type: Normal
            lastTimestamp: "2026-01-01T00:00:00Z"
            """);
        Assert.Contains("pod/p    It was stopped.", await Run("get events"));
        Assert.Contains("Pod/p    It was stopped.", await Run("events"));
    }

    [Fact]
    public async Task Long_lists_come_in_parts()
    {
        await Run("create namespace many");
        var documents = string.Join("---\n", Enumerable.Range(0, 30).Select(i => $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: c{i:00} }}\n"));
        await Run("create -n many -f -", documents);
        Assert.Equal(30, (await Run("get configmaps -n many --chunk-size=7 -o name")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        await Run("delete configmaps -n many --all");
        Assert.Empty(await Run("get configmaps -n many -o name"));
    }

    private Task<ProgramResult> Kubectl(string arguments, string input = "") => api.RunAsync(Conformance.Kubectl.Program, arguments, input);

    private async Task<string> Run(string arguments, string input = "") => (await Kubectl(arguments, input)).Succeeded();
}
