namespace Slipway.Conformance;

/// <summary>kubectl's ways to apply: on the client, on the server, from one to the other, and with kustomize.</summary>
public sealed class KubectlApplyTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    private const string Web = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web, labels: { app: web } }
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              containers:
              - { name: web, image: "example.com/web:1", ports: [{ containerPort: 80 }], env: [{ name: A, value: a }] }

        """;

    private const string Image = "-o jsonpath={.spec.template.spec.containers[0].image}";
    private const string Environment = "-o jsonpath={.spec.template.spec.containers[0].env}";
    private const string Managers = """-o "jsonpath={range .metadata.managedFields[*]}{.manager} {.operation}{'\n'}{end}" --show-managed-fields""";

    [Fact]
    public async Task A_field_that_is_no_longer_applied_goes()
    {
        await api.KubectlAsync("create namespace client");
        Assert.Equal("deployment.apps/web created\n", await api.KubectlAsync("apply -n client -f -", Web));
        await api.KubectlAsync("scale deployment web --replicas=7 -n client");
        var less = Web.Replace("  replicas: 2\n", "").Replace(", env: [{ name: A, value: a }]", "");
        Assert.Equal("deployment.apps/web configured\n", await api.KubectlAsync("apply -n client -f -", less));
        Assert.Empty(await api.KubectlAsync($"get deployment web -n client {Environment}"));
        Assert.Equal("1", await api.KubectlAsync("get deployment web -n client -o jsonpath={.spec.replicas}"));
        Assert.DoesNotContain("env", await api.KubectlAsync("apply view-last-applied deployment web -n client"));
        Assert.Equal("kubectl-client-side-apply Update\n", await api.KubectlAsync($"get deployment web -n client {Managers}"));
    }

    [Fact]
    public async Task Dry_runs_and_differences_change_nothing()
    {
        await api.KubectlAsync("create namespace dry");
        Assert.Equal("deployment.apps/web created (server dry run)\n", await api.KubectlAsync("apply -n dry --dry-run=server -f -", Web));
        Assert.Contains("NotFound", await api.KubectlFailsAsync("get deployment web -n dry"));
        await api.KubectlAsync("apply -n dry -f -", Web);
        foreach (var way in new[] { "", "--server-side --force-conflicts" })
        {
            var difference = await api.KubectlResultAsync($"diff -n dry {way} -f -", Web.Replace("web:1", "web:2"));
            Assert.Equal(1, difference.Code);
            Assert.Contains("-        image: example.com/web:1\n+        image: example.com/web:2\n", difference.Output.Replace("-      - image", "-        image").Replace("+      - image", "+        image"));
        }
        Assert.Equal(0, (await api.KubectlResultAsync("diff -n dry -f -", Web)).Code);
        Assert.Equal("example.com/web:1", await api.KubectlAsync($"get deployment web -n dry {Image}"));
    }

    [Fact]
    public async Task Appliers_on_the_server_own_what_they_apply()
    {
        await api.KubectlAsync("create namespace server");
        Assert.Equal("deployment.apps/web serverside-applied\n", await api.KubectlAsync("apply --server-side -n server -f -", Web));
        var version = await api.KubectlAsync("get deployment web -n server -o jsonpath={.metadata.resourceVersion}");
        await api.KubectlAsync("apply --server-side -n server -f -", Web);
        Assert.Equal(version, await api.KubectlAsync("get deployment web -n server -o jsonpath={.metadata.resourceVersion}"));

        var other = Web.Replace("web:1", "web:2");
        var conflict = await api.KubectlFailsAsync("apply --server-side --field-manager=other -n server -f -", other);
        Assert.Contains("Apply failed with 1 conflict: conflict with \"kubectl\": .spec.template.spec.containers[name=\"web\"].image", conflict);
        await api.KubectlAsync("apply --server-side --field-manager=other --force-conflicts -n server -f -", other);
        Assert.Equal("kubectl Apply\nother Apply\n", await api.KubectlAsync($"get deployment web -n server {Managers}"));
        Assert.Contains("conflict with \"other\"", await api.KubectlFailsAsync("apply --server-side -n server -f -", Web));

        // What both apply stays until neither does.
        var without = other.Replace(", env: [{ name: A, value: a }]", "");
        await api.KubectlAsync("apply --server-side -n server -f -", without);
        Assert.Contains("\"A\"", await api.KubectlAsync($"get deployment web -n server {Environment}"));
        await api.KubectlAsync("apply --server-side --field-manager=other -n server -f -", without);
        Assert.Empty(await api.KubectlAsync($"get deployment web -n server {Environment}"));
    }

    [Fact]
    public async Task Replicas_can_be_given_to_another_owner()
    {
        await api.KubectlAsync("create namespace handover");
        await api.KubectlAsync("apply --server-side -n handover -f -", Web);
        await api.KubectlAsync("scale deployment web --replicas=5 -n handover");
        Assert.Contains(".spec.replicas", await api.KubectlFailsAsync("apply --server-side -n handover -f -", Web));
        await api.KubectlAsync("apply --server-side -n handover -f -", Web.Replace("  replicas: 2\n", ""));
        Assert.Equal("5", await api.KubectlAsync("get deployment web -n handover -o jsonpath={.spec.replicas}"));
    }

    [Fact]
    public async Task What_was_applied_on_the_client_can_be_applied_on_the_server()
    {
        await api.KubectlAsync("create namespace migration");
        await api.KubectlAsync("apply -n migration -f -", Web);
        var changed = Web.Replace("web:1", "web:9").Replace(", env: [{ name: A, value: a }]", "");
        Assert.Equal("deployment.apps/web serverside-applied\n", await api.KubectlAsync("apply --server-side -n migration -f -", changed));
        Assert.Equal("example.com/web:9", await api.KubectlAsync($"get deployment web -n migration {Image}"));
        Assert.Empty(await api.KubectlAsync($"get deployment web -n migration {Environment}"));
        Assert.Equal("kubectl Apply\nkubectl-last-applied Apply\n",
            string.Concat((await api.KubectlAsync($"get deployment web -n migration {Managers}")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).Select(l => l + "\n")));
        await api.KubectlAsync("apply -n migration -f -", Web);
        Assert.Equal("example.com/web:1", await api.KubectlAsync($"get deployment web -n migration {Image}"));
    }

    [Fact]
    public async Task Kustomizations_are_applied_compared_and_deleted()
    {
        api.Write("base/web.yaml", Web);
        api.Write("base/kustomization.yaml", "resources: [web.yaml]\nconfigMapGenerator: [{ name: settings, literals: [colour=red] }]\n");
        api.Write("overlay/kustomization.yaml", """
            namespace: overlay
            namePrefix: test-
            resources: [../base, namespace.yaml]
            labels: [{ pairs: { stage: test } }]
            images: [{ name: example.com/web, newTag: "3" }]
            replicas: [{ name: web, count: 4 }]
            patches:
            - target: { kind: Deployment }
              patch: '[{ "op": "add", "path": "/metadata/annotations", "value": { "note": "patched" } }]'
            """);
        api.Write("overlay/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: { name: overlay }\n");
        Assert.Contains("deployment.apps/test-web created\n", await api.KubectlAsync("apply -k overlay"));
        Assert.Equal("example.com/web:3", await api.KubectlAsync($"get deployment test-web -n overlay {Image}"));
        Assert.Equal("4 patched test", await api.KubectlAsync("""get deployment test-web -n overlay -o "jsonpath={.spec.replicas} {.metadata.annotations.note} {.metadata.labels.stage}" """));
        Assert.StartsWith("configmap/test-settings-", await api.KubectlAsync("get configmaps -n overlay -l stage=test -o name"));
        Assert.Equal(0, (await api.KubectlResultAsync("diff -k overlay")).Code);
        await api.KubectlAsync("delete -k overlay --wait=false");
        Assert.Contains("NotFound", await api.KubectlFailsAsync("get deployment test-web -n overlay"));
    }

    [Fact]
    public async Task What_is_no_longer_in_the_files_is_pruned()
    {
        static string Map(string name) => $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: {name}, labels: {{ set: one }} }}\n---\n";
        await api.KubectlAsync("create namespace prune");
        await api.KubectlAsync("apply -n prune -f -", Map("kept") + Map("gone"));
        Assert.Equal("configmap/kept unchanged\nconfigmap/gone pruned\n",
            await api.KubectlAsync("apply -n prune --prune -l set=one --prune-allowlist=core/v1/ConfigMap -f -", Map("kept")));
        Assert.Equal("configmap/kept\n", await api.KubectlAsync("get configmaps -n prune -l set=one -o name"));
    }

    [Fact]
    public async Task An_editor_changes_an_object()
    {
        await api.KubectlAsync("create namespace editing");
        await api.KubectlAsync("apply -n editing -f -", Web);
        var editor = api.Write("editor.sh", "#!/bin/sh\nsed -i 's/web:1/web:edited/' \"$1\"\n");
        var edited = await api.RunAsync("/usr/bin/env", $"\"KUBE_EDITOR=sh {editor}\" {Clients.Kubectl} edit deployment web -n editing", "");
        Assert.Equal("deployment.apps/web edited\n", edited.Succeeded());
        Assert.Equal("example.com/web:edited", await api.KubectlAsync($"get deployment web -n editing {Image}"));
        var unchanged = await api.RunAsync("/usr/bin/env", $"KUBE_EDITOR=true {Clients.Kubectl} edit deployment web -n editing", "");
        Assert.Contains("Edit cancelled, no changes made.", unchanged.Succeeded() + unchanged.Errors);
    }
}
