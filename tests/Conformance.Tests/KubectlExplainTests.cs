namespace Slipway.Conformance;

/// <summary>kubectl's explanations of every kind that is served, and of a custom one right after its definition.</summary>
public sealed class KubectlExplainTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    private const string Definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: { name: boats.fleet.example.com }
        spec:
          group: fleet.example.com
          scope: Namespaced
          names: { plural: boats, singular: boat, kind: Boat }
          versions:
          - name: v1
            served: true
            storage: true
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec: { type: object, properties: { sails: { type: integer, description: How many sails it carries. } } }
        """;

    [Fact]
    public async Task Every_kind_is_explained()
    {
        var kinds = (await KubectlAsync("api-resources --no-headers")).Succeeded().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(cells => (Plural: cells[0], Version: cells[^3])).ToList();
        Assert.Contains(("pods", "v1"), kinds);
        foreach (var (plural, version) in kinds)
        {
            var text = (await KubectlAsync($"explain {plural} --api-version={version} --recursive")).Succeeded();
            Assert.Contains("FIELDS:", text, StringComparison.Ordinal);
            Assert.Contains("metadata\t<ObjectMeta>", text, StringComparison.Ordinal);
            Assert.DoesNotContain("<unknown>", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("pods.spec.containers.livenessProbe.httpGet.port", "Name or number of the port")]
    [InlineData("deployments.spec.strategy.rollingUpdate.maxSurge", "maximum number of pods")]
    [InlineData("ingresses.spec.rules.http.paths.backend.service.port", "port")]
    [InlineData("pods.spec.containers.resources.limits", "maximum amount of compute resources")]
    public async Task A_field_deep_within_is_explained(string field, string words)
    {
        var text = (await KubectlAsync($"explain {field}")).Succeeded();
        Assert.Contains(words, string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_custom_kind_is_explained_as_soon_as_it_is_defined()
    {
        (await api.RunAsync(Kubectl.Program, "apply -f -", Definition)).Succeeded();
        Assert.Contains("How many sails it carries.", (await KubectlAsync("explain boats.spec.sails")).Succeeded(), StringComparison.Ordinal);
    }

    private Task<ProgramResult> KubectlAsync(string arguments) => api.RunAsync(Kubectl.Program, arguments);
}
