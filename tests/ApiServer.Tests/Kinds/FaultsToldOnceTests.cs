using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;
using Slipway.Fuzzing.Documents;

namespace Slipway.ApiServer.Tests.Kinds;

/// <summary>What is wrong with a field is told once, whether the schema, the rules of the kind or both find it.</summary>
public sealed partial class FaultsToldOnceTests(EveryKindTests.SharedApi shared) : IClassFixture<EveryKindTests.SharedApi>
{
    private const string Unknown = "Unknown-7";
    private const int Documents = 12;

    public static TheoryData<string> Stored => EveryKindTests.Stored;

    [Theory]
    [InlineData("v1 resourcequotas", "spec: {scopeSelector: {matchExpressions: [{scopeName: Odd, operator: Odd}]}}", "spec.scopeSelector.matchExpressions.scopeName spec.scopeSelector.matchExpressions.operator")]
    [InlineData("v1 resourcequotas", "spec: {scopeSelector: {matchExpressions: [{}]}}", "spec.scopeSelector.matchExpressions.scopeName spec.scopeSelector.matchExpressions.operator")]
    [InlineData("apiextensions.k8s.io/v1 customresourcedefinitions", "spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-validations: [{rule: 'true', reason: Odd}]}}}]}", "spec.validation.openAPIV3Schema.x-kubernetes-validations[0].reason")]
    [InlineData("apiextensions.k8s.io/v1 customresourcedefinitions", "spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-validations: [{message: m}]}}}]}", "spec.validation.openAPIV3Schema.x-kubernetes-validations[0].rule")]
    [InlineData("apiextensions.k8s.io/v1 customresourcedefinitions", "spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}, {name: v2, served: true, storage: false, schema: {openAPIV3Schema: {type: object, x-kubernetes-validations: [{rule: 'true', reason: Odd}]}}}]}", "spec.versions[1].schema.openAPIV3Schema.x-kubernetes-validations[0].reason")]
    [InlineData("apiextensions.k8s.io/v1 customresourcedefinitions", "spec: {versions: [{name: v1, served: true, storage: true, additionalPrinterColumns: [{}], schema: {openAPIV3Schema: {type: object}}}]}", "spec.additionalPrinterColumns[0].name spec.additionalPrinterColumns[0].type spec.additionalPrinterColumns[0].JSONPath")]
    [InlineData("apiextensions.k8s.io/v1 customresourcedefinitions", "spec: {versions: [{name: v1, served: true, storage: true, selectableFields: [{}], subresources: {scale: {}}, schema: {openAPIV3Schema: {type: object}}}]}", "spec.selectableFields[0].jsonPath spec.subresources.scale.specReplicasPath spec.subresources.scale.statusReplicasPath")]
    [InlineData("apiextensions.k8s.io/v1 customresourcedefinitions", "spec: {conversion: {strategy: Webhook, webhook: {clientConfig: {service: {}}}}}", "spec.conversion.webhookClientConfig.service.name spec.conversion.webhookClientConfig.service.namespace spec.conversion.conversionReviewVersions")]
    public async Task At_the_place_where_Kubernetes_tells_it(string resource, string change, string fields)
    {
        var (type, collection) = EveryKindTests.Find(resource);
        var document = Slipway.Api.Patches.MergePatch.Apply(MinimalObjects.Of(type), DocumentReader.ParseYaml(change).Single())!;
        Assert.Equal(fields.Split(' ').Order(), (await CausesAsync(collection, document))!.Select(c => c.Field).Order());
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public async Task However_an_object_is_spoilt(string resource)
    {
        var (type, collection) = EveryKindTests.Find(resource);
        for (var seed = 0; seed < Documents; seed++)
        {
            var document = seed == 0 ? MinimalObjects.Of(type) : new RandomDocuments(new Random(seed)).Next(type.Schema, type.ApiVersion, type.Kind);
            document["metadata"] = new JsonObject { ["name"] = MinimalObjects.NameOf(type) };
            document.Remove("status");
            Mend(type.Schema, document);
            if (await CausesAsync(collection, document) is not { } before) continue;
            foreach (var (holder, name, schema) in Fields(type.Schema, document).ToArray())
            {
                var kept = holder[name];
                if (schema.Enum is not null) await SpoilAsync(holder, name, Unknown);
                await SpoilAsync(holder, name, null);
                holder[name] = kept;
            }

            async Task SpoilAsync(JsonObject holder, string name, string? value)
            {
                var kept = holder[name];
                holder.Remove(name);
                if (value is not null) holder[name] = value;
                var found = await CausesAsync(collection, document) ?? [];
                foreach (var cause in before) found.Remove(cause);
                // A value may be wrong in several ways, and be read at several places; it is told once of each.
                var same = found.Where(c => value is null ? c.Message.StartsWith("Required", StringComparison.Ordinal) && Last(c.Field).Equals(name, StringComparison.OrdinalIgnoreCase) : c.Message.StartsWith($"Unsupported value: \"{value}\"", StringComparison.Ordinal))
                    .GroupBy(c => (Index().Replace(c.Field, ""), Supported(c.Message))).FirstOrDefault(g => g.Count() > 1);
                Assert.True(same is null, $"{name} of {document.ToJsonString()} is told of more than once: {string.Join("; ", same ?? Enumerable.Empty<StatusCause>())}");
                holder.Remove(name);
                holder[name] = kept;
            }
        }
    }

    // What is wrong with an object; null where Kubernetes would not even read it.
    private async Task<List<StatusCause>?> CausesAsync(string collection, JsonNode document)
    {
        var answer = await shared.Api.PostAsync($"{collection}?dryRun=All", document.ToJsonString());
        if (answer.Code is not (201 or 409 or 422)) return null;
        return [.. answer.Json["details"]?["causes"]?.AsArray().Select(c => new StatusCause(c!["reason"]!.ToString(), c["field"]!.ToString(), c["message"]!.ToString())) ?? []];
    }

    private static string Supported(string message) => string.Join(' ', message.Split('"').Where((_, i) => i % 2 == 1).Order(StringComparer.Ordinal));

    private static string Last(string field) => Index().Replace(field, "").Split('.')[^1];

    // Gives the words that are known where any text stands.
    private static void Mend(Schema schema, JsonNode? node)
    {
        foreach (var (holder, name, field) in Fields(schema, node).ToArray())
            if (field.Enum is { Count: > 0 } known) holder[name] = known[0]!.DeepClone();
    }

    private static IEnumerable<(JsonObject Holder, string Name, Schema Schema)> Fields(Schema schema, JsonNode? node, bool isRoot = true)
    {
        if (node is JsonArray list && schema.Items is { } items)
            return list.SelectMany(i => Fields(items, i, false));
        if (node is not JsonObject document) return [];
        var own = document.Where(p => schema.Properties.ContainsKey(p.Key)).Select(p => (document, p.Key, schema.Properties[p.Key])).Where(f => f.Item3.Enum is not null || schema.Required.Contains(f.Key));
        return own.Concat(document.Where(p => !(isRoot && p.Key == "metadata")).SelectMany(p => schema.Find(p.Key, isRoot) is { } field ? Fields(field, p.Value, false) : []));
    }

    [GeneratedRegex(@"\[[^]]*\]")]
    private static partial Regex Index();
}
