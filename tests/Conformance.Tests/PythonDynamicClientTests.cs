namespace Slipway.Conformance;

/// <summary>The dynamic client of Debian's <c>python3-kubernetes</c>, which knows only what the server tells of its kinds.</summary>
public sealed class PythonDynamicClientTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    private static readonly string[] Expected =
    [
        "# discovery",
        "pods True ['po'] ['attach', 'binding', 'ephemeralcontainers', 'eviction', 'exec', 'log', 'portforward', 'proxy', 'resize', 'status']",
        "['autoscaling/v2']",
        "['controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets']",
        "1 37",
        "not served: True",
        "# changes",
        "Deployment 1 25% IfNotPresent",
        "['example.com/web:1', 'example.com/side:2']",
        "{'tier': 'front'}",
        "3 3",
        "9 3",
        "422 Unprocessable Entity",
        "3 5",
        "2 5",
        "409 True",
        "422 ['spec.template.metadata.labels', 'spec.template.spec.containers']",
        "# apply",
        "{'a': '1', 'b': '1'}",
        "{'a': '1', 'b': '1', 'c': '2'}",
        "409 True",
        "{'a': '2', 'b': '1', 'c': '2'}",
        "{'a': '2', 'b': '1', 'c': '2'} [('one', 'Apply'), ('two', 'Apply')]",
        "# watches",
        "['w1']",
        "[('ADDED', 'w2'), ('MODIFIED', 'w1'), ('DELETED', 'w1'), ('DELETED', 'w2')]",
        "[('ADDED', 'w1'), ('MODIFIED', 'w1')]",
        "400",
        "# pages",
        "4 dg==",
        "[['s0', 's1', 's2'], ['s3', 's4', 's5'], ['s6']]",
        "SecretList",
        "['s9-1', 's9-2']",
        "# custom",
        "40 None",
        "['red']",
        "['red', 'blue']",
        "True",
        "60 4",
        "415 Unsupported Media Type",
        "422 Unprocessable Entity",
        "404",
    ];

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Programs", "dynamic.py");

    [Fact]
    public async Task It_works_with_whatever_kind_it_discovers()
    {
        Assert.Equal(Expected, (await RunAsync("")).Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await api.RestartAsync();
        Assert.Equal("gone 410\n", (await RunAsync("1")).Succeeded());
    }

    // Debian's own interpreter has the package, whatever else is on the path.
    private Task<ProgramResult> RunAsync(string version) => api.RunAsync("/usr/bin/python3", $"-W ignore {Program} {version}");
}
