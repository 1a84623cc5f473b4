using System.Text.Json.Nodes;
using Slipway.Api.Rules;
using Slipway.Api.Schemas;

namespace Slipway.Api.Tests.Schemas;

public sealed class BuiltInKindsTests
{
    [Fact]
    public void EveryServedKindHasASchemaWithMetadata()
    {
        foreach (var resource in BuiltInKinds.All)
        {
            Assert.Equal("object", resource.Schema.Type);
            Assert.Equal("date-time", resource.Schema.Properties["metadata"].Properties["creationTimestamp"].Format);
        }
    }

    [Fact]
    public void EveryKindOfTheSchemasIsServed()
    {
        var served = BuiltInKinds.All.Select(r => BuiltInKinds.DefinitionName(r.Group, r.Version, r.Kind)).ToHashSet();
        var kept = SchemaLibrary.Files.SelectMany(f => SchemaLibrary.ReadSchemas(f)).Select(d => d.Key)
            .Where(name => name.EndsWith("List", StringComparison.Ordinal) && !name.Contains(".apimachinery.", StringComparison.Ordinal))
            .Select(name => name[..^"List".Length]);
        Assert.DoesNotContain(kept, k => !served.Contains(k));
    }

    [Fact]
    public void RulesAgreeWithTheTableOfKinds()
    {
        foreach (var resource in BuiltInKinds.All)
        {
            var rules = KindRules.For(resource);
            Assert.Equal(
                (resource.GroupResource, resource.Namespaced, resource.Subresources.Contains("status"), resource.HasGeneration),
                (resource.GroupResource, rules.IsNamespaced, rules.HasStatus, rules.HasGeneration));
        }
    }

    [Fact]
    public void EverySubresourceIsKnown()
    {
        foreach (var resource in BuiltInKinds.All)
            Assert.All(resource.Subresources, name => Assert.NotNull(SubresourceType.Of(resource, name)));
    }

    [Fact]
    public void SelectableFieldsAreFieldsOfTheSchema()
    {
        // These two are read from elsewhere, or not at all, upstream too.
        string[] others = ["source", "status.successful"];
        foreach (var resource in BuiltInKinds.All)
            Assert.All(resource.SelectableFields.Except(others), path => Assert.NotNull(At(resource.Schema, path)));

        static Schema? At(Schema schema, string path) =>
            path.Split('.').Aggregate<string, Schema?>(schema, (s, step) => s?.Properties.GetValueOrDefault(step));
    }

    [Fact]
    public void SchemasCarryTheFactsOfTheirFields()
    {
        var spec = BuiltInKinds.Find("", "Pod")!.Schema.Properties["spec"];
        Assert.Equal(["containers"], spec.Required);
        var containers = spec.Properties["containers"];
        Assert.Equal(("map", "merge", "name"), (containers.ListType, containers.PatchStrategy, containers.PatchMergeKey));
        var limits = containers.Items!.Properties["resources"].Properties["limits"];
        Assert.Equal("quantity", limits.AdditionalProperties!.Format);
        Assert.True(containers.Items.Properties["livenessProbe"].Properties["httpGet"].Properties["port"].IntOrString);
        Assert.Contains("Cannot be updated", containers.Description!());
    }

    [Fact]
    public void RecursiveSchemasAreComplete()
    {
        var schema = BuiltInKinds.SchemaOf("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps");
        var deep = schema.Properties["properties"].AdditionalProperties!.Properties["not"];
        Assert.Equal("string", deep.Properties["pattern"].Type);
    }

    [Fact]
    public void DefinitionsReferOnlyWithinTheirDocument()
    {
        foreach (var apiVersion in BuiltInKinds.All.Select(r => r.ApiVersion).Distinct())
        {
            var definitions = BuiltInKinds.Definitions(apiVersion);
            Assert.All(References(definitions), r => Assert.True(definitions.ContainsKey(r["#/components/schemas/".Length..]), r));
        }
        var pod = BuiltInKinds.Definitions("v1")["io.k8s.api.core.v1.Pod"]!;
        Assert.Equal("Pod", pod["x-kubernetes-group-version-kind"]![0]!["kind"]!.GetValue<string>());
        Assert.StartsWith("Pod is a collection of containers", pod["description"]!.GetValue<string>());
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(p => p is { Key: "$ref", Value: JsonValue reference } ? [reference.GetValue<string>()] : References(p.Value)),
        JsonArray a => a.SelectMany(References),
        _ => [],
    };
}
