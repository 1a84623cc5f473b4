using Slipway.Api.Rules;

namespace Slipway.Api.Tests.Rules;

/// <summary>What a client is warned of that writes a definition: the schema of a field, and the warnings.</summary>
public sealed class DefinitionWarningsTests
{
    private static readonly KindRules Rules = KindRules.For("apiextensions.k8s.io", "CustomResourceDefinition");

    private const string Object = "x-kubernetes-list-type: set for items of type \"object\" is not supported by server-side apply or CEL validation rules";

    [Theory]
    [InlineData("{type: string, format: foo}", "unrecognized format \"foo\"")]
    [InlineData("{type: string, format: date-time}", "")]
    [InlineData("{type: string, format: datetime}", "")]
    [InlineData("{type: string, format: k8s-short-name}", "")]
    [InlineData("{type: string, format: int32}", "unrecognized format \"int32\"")]
    [InlineData("{type: string, format: ''}", "")]
    [InlineData("{type: integer, format: int64}", "")]
    [InlineData("{type: integer, format: uint32}", "unrecognized format \"uint32\"")]
    [InlineData("{type: number, format: double}", "")]
    [InlineData("{type: number, format: int64}", "unrecognized format \"int64\"")]
    [InlineData("{type: boolean, format: date}", "unrecognized format \"date\"")]
    [InlineData("{x-kubernetes-int-or-string: true, format: int-or-string}", "unrecognized format \"int-or-string\"")]
    [InlineData("{type: array, items: {type: string, format: one}}", "unrecognized format \"one\"")]
    [InlineData("{type: object, additionalProperties: {type: string, format: one}}", "unrecognized format \"one\"")]
    [InlineData("{type: string, anyOf: [{format: one}, {not: {format: two}}]}", "unrecognized format \"one\"|unrecognized format \"two\"")]
    [InlineData("{type: object, properties: {a: {type: string, format: one}, b: {type: string, format: one}}}", "unrecognized format \"one\"")]
    [InlineData("{type: array, x-kubernetes-list-type: set, items: {type: object, x-kubernetes-map-type: atomic}}", Object)]
    [InlineData("{type: array, x-kubernetes-list-type: set, items: {type: string}}", "")]
    [InlineData("{type: array, x-kubernetes-list-type: atomic, items: {type: object}}", "")]
    public void A_definition_is_accepted_with_warnings(string schema, string expected)
    {
        var definition = Json.Of($"spec: {{versions: [{{name: v1, schema: {{openAPIV3Schema: {{type: object, properties: {{x: {schema}}}}}}}}}]}}");
        Assert.Equal(expected, string.Join('|', Rules.Warnings(null, definition)));
        Assert.Empty(Rules.Warnings(definition, definition));
    }

    [Fact]
    public void An_update_is_warned_of_what_is_new_in_it()
    {
        var before = Json.Of("spec: {versions: [{name: v1, schema: {openAPIV3Schema: {type: string, format: old}}}]}");
        var after = Json.Of("spec: {versions: [{name: v1, schema: {openAPIV3Schema: {type: string, format: old}}}, {name: v2, schema: {openAPIV3Schema: {type: string, format: new}}}]}");
        Assert.Equal(["unrecognized format \"new\""], Rules.Warnings(before, after));
        Assert.Empty(Rules.Warnings(after, before));
    }
}
