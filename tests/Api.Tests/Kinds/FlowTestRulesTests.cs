using Slipway.Api.Documents;
using Slipway.Api.Kinds;

namespace Slipway.Api.Tests.Kinds;

public class FlowTestRulesTests
{
    [Theory]
    [InlineData("f: text", null)]
    [InlineData("f: { a.csv: \"1\", more/b.csv: \"2\" }", null)]
    [InlineData("f: 7", "7")]
    [InlineData("f: { a: { b: \"1\" } }", """{"a":{"b":"1"}}""")]
    public void Files_are_texts_or_maps_of_them(string files, string? wrong)
    {
        var causes = FlowTestRules.Validate(DocumentReader.ParseYaml($"{{ apiVersion: slipway.dev/v1alpha1, kind: FlowTest, metadata: {{ name: t }}, spec: {{ flow: f, fakes: {{ a: {{ files: {{ {files} }} }} }} }} }}")[0]);
        Assert.Equal(wrong is null ? [] : [$"spec.fakes.a.files.f: Invalid value: {wrong}: must be a text or, for a directory, a map from the paths of its files to their texts, such as {{ a.csv: \"1\" }}"], causes.Select(c => $"{c.Field}: {c.Message}"));
    }
}
