namespace Slipway.Conformance;

/// <summary>The Python client of Debian's <c>python3-kubernetes</c>.</summary>
public sealed class PythonClientTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    private const string Program = """
        import threading
        from kubernetes import client, config, watch
        from kubernetes.client.rest import ApiException

        config.load_kube_config()
        core = client.CoreV1Api()

        core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name="python")))
        pod = client.V1Pod(
            metadata=client.V1ObjectMeta(name="p", labels={"app": "x"}),
            spec=client.V1PodSpec(containers=[client.V1Container(name="c", image="example.com/c", env=[client.V1EnvVar(name="A", value="1")])]))
        created = core.create_namespaced_pod("python", pod)
        print("created", created.metadata.name, created.status.phase, created.metadata.creation_timestamp.tzinfo is not None)

        patched = core.patch_namespaced_pod("p", "python", {"metadata": {"labels": {"y": "z"}}})
        print("patched", patched.metadata.labels)
        print("listed", [i.metadata.name for i in core.list_namespaced_pod("python", label_selector="y=z").items])

        seen = []
        version = core.list_namespaced_pod("python").metadata.resource_version
        core.delete_namespaced_pod("p", "python")
        for event in watch.Watch().stream(core.list_namespaced_pod, "python", resource_version=version, timeout_seconds=2):
            seen.append((event["type"], event["object"].metadata.name))
        print("watched", seen)

        job = client.BatchV1Api().create_namespaced_job("python", client.V1Job(
            metadata=client.V1ObjectMeta(generate_name="j-"),
            spec=client.V1JobSpec(template=client.V1PodTemplateSpec(spec=client.V1PodSpec(
                restart_policy="Never", containers=[client.V1Container(name="c", image="example.com/c")])))))
        print("job", job.metadata.name.startswith("j-"), job.spec.backoff_limit)
        try:
            core.read_namespaced_pod("p", "python")
        except ApiException as e:
            print("missing", e.status, "NotFound" in e.body)
        flows = client.CustomObjectsApi().list_cluster_custom_object("slipway.dev", "v1alpha1", "flows")
        print("custom", flows["kind"], flows["items"])
        """;

    [Fact]
    public async Task It_creates_patches_lists_and_watches()
    {
        // Debian's own interpreter has the package, whatever else is on the path.
        var output = (await api.RunAsync("/usr/bin/python3", "-W ignore -", Program)).Succeeded();
        Assert.Equal(
        [
            "created p Pending True",
            "patched {'app': 'x', 'y': 'z'}",
            "listed ['p']",
            "watched [('DELETED', 'p')]",
            "job True 6",
            "missing 404 True",
            "custom FlowList []",
        ], output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
