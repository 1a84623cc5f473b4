using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Tests.Documents;

/// <summary>What is written reads back the same, for random documents of every kind. A failure names its seed and kind.</summary>
public sealed class RoundTripTests
{
    [Fact]
    public void JSON_reads_back_what_it_writes() => KindDocuments.Each(5, (random, type, what) =>
    {
        var text = KindDocuments.Any(random, type).ToJsonString();
        var read = DocumentReader.ParseJson(Encoding.UTF8.GetBytes(text));
        Assert.True(text == read.ToJsonString(), $"{what}\n{text}\n{read.ToJsonString()}");
    });

    [Fact]
    public void YAML_reads_back_what_it_writes() => KindDocuments.Each(5, (random, type, what) =>
    {
        var document = KindDocuments.Any(random, type);
        var yaml = DocumentWriter.ToYaml(document);
        var read = DocumentReader.ParseYaml(yaml).Single();
        Assert.True(JsonNode.DeepEquals(document, read), $"{what}\n{document.ToJsonString()}\n{read.ToJsonString()}\n{yaml}");
        Assert.Equal(yaml, DocumentWriter.ToYaml(read));
    });
}
