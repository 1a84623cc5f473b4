using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.ApiServer.OpenApi;

namespace Slipway.ApiServer.Tests.Aggregation;

public sealed class SwaggerPartTests
{
    [Fact]
    public void Only_what_belongs_to_its_version_is_cut_out()
    {
        var part = Cut("""
            {"swagger":"2.0","paths":{
               "/apis/g.io/v1":{"get":{"responses":{}}},
               "/apis/g.io/v1/foos":{"get":{"parameters":[{"$ref":"#/parameters/pretty"}],"responses":{"200":{"schema":{"$ref":"#/definitions/io.g.v1.Foo"}}},"x-kubernetes-group-version-kind":{"group":"g.io","version":"v1","kind":"Foo"}}},
               "/apis/g.io/v1beta1/foos":{"get":{"schema":{"$ref":"#/definitions/io.g.v1beta1.Foo"}}},
               "/apis/g.io/v10/foos":{},
               "/api/v1/pods":{"get":{"schema":{"$ref":"#/definitions/io.k8s.api.core.v1.Pod"}}}},
             "parameters":{"pretty":{"name":"pretty","in":"query"}},
             "definitions":{
               "io.g.v1.Foo":{"properties":{"bar":{"$ref":"#/definitions/io.g.v1.Bar"},"self":{"$ref":"#/definitions/io.g.v1.Foo"},"gone":{"$ref":"#/definitions/none"}},"x-kubernetes-group-version-kind":[{"group":"g.io","version":"v1","kind":"Foo"},{"group":"","version":"v1","kind":"Pod"}]},
               "io.g.v1.Bar":{"type":"string","x-kubernetes-group-version-kind":[{"group":"","version":"v1","kind":"Secret"}]},
               "io.g.v1beta1.Foo":{},"io.k8s.api.core.v1.Pod":{},"io.g.v1.Unused":{}}}
            """);
        Assert.Equal("""
            {"paths":{"/apis/g.io/v1":{"get":{"responses":{}}},"/apis/g.io/v1/foos":{"get":{"parameters":[{"name":"pretty","in":"query"}],"responses":{"200":{"schema":{"$ref":"#/definitions/io.g.v1.Foo"}}},"x-kubernetes-group-version-kind":{"group":"g.io","version":"v1","kind":"Foo"}}}},
            "definitions":{"io.g.v1.Foo":{"properties":{"bar":{"$ref":"#/definitions/io.g.v1.Bar"},"self":{"$ref":"#/definitions/io.g.v1.Foo"},"gone":{"$ref":"#/definitions/none"}},"x-kubernetes-group-version-kind":[{"group":"g.io","version":"v1","kind":"Foo"}]},"io.g.v1.Bar":{"type":"string","x-kubernetes-group-version-kind":[]}}}
            """.ReplaceLineEndings(""), Encoding.UTF8.GetString(part.Document.Inflate()));
        Assert.Equal(["io.g.v1.Foo", "io.g.v1.Bar"], part.Definitions.Keys);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"paths":[]}""")]
    [InlineData("""{"paths":{},"paths":{}}""")]
    [InlineData("""{"paths":{"/apis/g.io/v1":{"a":1,"a":2}}}""")]
    [InlineData("""{"paths":{}""")]
    public void What_is_no_document_is_refused(string text) =>
        Assert.True(Record.Exception(() => Cut(text)) is JsonException or InvalidDataException);

    [Fact]
    public void Nesting_has_an_end() =>
        Assert.IsAssignableFrom<JsonException>(Record.Exception(() => Cut($$"""{"paths":{"/apis/g.io/v1":{{string.Concat(Enumerable.Repeat("[", 100_000))}}""")));

    [Fact]
    public void A_short_document_does_not_become_a_long_one()
    {
        var references = string.Join(',', Enumerable.Repeat("""{"$ref":"#/parameters/p"}""", 10_000));
        Assert.Contains("longer than", Assert.Throws<InvalidDataException>(() =>
            Cut($$$"""{"paths":{"/apis/g.io/v1":{"parameters":[{{{references}}}]}},"parameters":{"p":{"description":"{{{new string('x', 10_000)}}}"} } }""")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Very_many_definitions_and_parameters_take_no_time_that_grows_with_their_square()
    {
        const int Count = 50_000;
        var definitions = string.Join(',', Enumerable.Range(1, Count).Select(i => $$"""
            "d{{i}}":{"$ref":"#/definitions/d{{i + 1}}"}
            """));
        var parameters = string.Join(',', Enumerable.Range(1, Count).Select(i => $$"""
            "p{{i}}":{"name":"{{i}}"}
            """));
        var references = string.Join(',', Enumerable.Range(1, Count).Select(i => $$"""
            {"$ref":"#/parameters/p{{i}}"}
            """));
        var text = $$$"""{"paths":{"/apis/g.io/v1":{"$ref":"#/definitions/d1","parameters":[{{{references}}}]}},"definitions":{ {{{definitions}}} },"parameters":{ {{{parameters}}} } }""";
        var part = await Task.Run(() => Cut(text)).WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(1, Count).Select(i => $"d{i}"), part.Definitions.Keys);
        Assert.Equal(Count, JsonNode.Parse(part.Document.Inflate())!["paths"]!["/apis/g.io/v1"]!["parameters"]!.AsArray().Count);
    }

    [Fact]
    public void One_server_cannot_redefine_what_another_has_defined()
    {
        var first = Cut(Spec("v1", """{"A":{"properties":{"b":{"$ref":"#/definitions/B"}}},"B":{"type":"string"},"A_v2":{"type":"object"}}""", "A", "A_v2"), "a.io");
        var second = Cut(Spec("v1", """{"A":{"properties":{"b":{"$ref":"#/definitions/B"}}},"B":{"type":"integer"}}""", "A"), "a.io");
        var same = Cut(Spec("v1", """{"B":{"type":"string"}}""", "B"), "a.io");
        var together = SwaggerPart.Together([first, second, same]).Select(element => JsonNode.Parse(element.GetRawText())!).ToList();
        Assert.Equal(["A A_v2 B", "A_v3 B_v3", "B"], together.Select(part => string.Join(' ', part["definitions"]!.AsObject().Select(d => d.Key).Order(StringComparer.Ordinal))));
        Assert.Equal("#/definitions/B_v3", (string?)together[1]["definitions"]!["A_v3"]!["properties"]!["b"]!["$ref"]);
        Assert.Equal("#/definitions/A_v3", (string?)together[1]["paths"]!["/apis/a.io/v1/x0"]!["$ref"]);
    }

    private static string Spec(string version, string definitions, params string[] roots) =>
        $$"""{"paths":{ {{string.Join(',', roots.Select((root, i) => $$"""
        "/apis/a.io/{{version}}/x{{i}}":{"$ref":"#/definitions/{{root}}"}
        """))}} },"definitions":{{definitions}}}""";

    private static SwaggerPart Cut(string text, string group = "g.io") => SwaggerPart.Cut(Encoding.UTF8.GetBytes(text), group, "v1");
}
