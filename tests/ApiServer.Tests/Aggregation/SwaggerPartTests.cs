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

    [Theory]
    [InlineData(65)]
    [InlineData(127)]
    [InlineData(128)]
    public void What_is_taken_can_be_read_again(int levels)
    {
        // The document, its paths and the path are three levels; its definitions and each of them as many.
        var nested = $"{string.Concat(Enumerable.Repeat("[", levels - 3))}{string.Concat(Enumerable.Repeat("]", levels - 3))}";
        var text = $$$"""{"paths":{"/apis/g.io/v1":{"$ref":"#/definitions/A","x":{{{nested}}}}},"definitions":{"A":{"type":"T","x":{{{nested}}} }} }""";
        var (part, other) = (Cut(text), Cut(text.Replace("\"T\"", "\"U\"", StringComparison.Ordinal)));
        Assert.Equal(["A", "A_v2"], SwaggerPart.Together([part, other], NothingOwn).SelectMany(whole => whole.GetProperty("definitions").EnumerateObject().Select(d => d.Name).ToArray()));
        Assert.NotEmpty(Merged(part, other));
        Assert.Equal(levels, Depth(part.Document.Inflate()));
    }

    [Fact]
    public void What_is_referred_to_does_not_nest_deeper_than_what_is_taken()
    {
        var nested = $"{string.Concat(Enumerable.Repeat("[", 120))}{string.Concat(Enumerable.Repeat("]", 120))}";
        var text = $$$"""{"paths":{"/apis/g.io/v1":{"a":[[[[[[{"$ref":"#/parameters/p"}]]]]]]}},"parameters":{"p":{"x":{{{nested}}} }} }""";
        Assert.Throws<InvalidOperationException>(() => Cut(text));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("[{}]")]
    public void A_path_that_is_no_object_is_left_out(string item) =>
        Assert.Equal("""{"paths":{"/apis/g.io/v1/y":{}},"definitions":{}}""", Encoding.UTF8.GetString(Cut($$"""{"paths":{"/apis/g.io/v1/x":{{item}},"/apis/g.io/v1/y":{} } }""").Document.Inflate()));

    [Theory]
    [InlineData("\"10\"", false)]
    [InlineData("true", false)]
    [InlineData("{}", false)]
    [InlineData("[1]", false)]
    [InlineData("10.5", true)]
    [InlineData("1e999", true)]
    public void A_bound_that_is_no_number_is_left_out(string maximum, bool isWritten)
    {
        var without = Merged(Cut(Spec("v1", """{"A":{"type":"integer"}}""", "A"), "a.io"));
        var with = Merged(Cut(Spec("v1", $$$"""{"A":{"type":"integer","maximum":{{{maximum}}}}}""", "A"), "a.io"));
        // A field's number and eight bytes.
        Assert.Equal(without.Length + (isWritten ? 9 : 0), with.Length);
    }

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
        var part = await Task.Run(() => Cut(text)).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(1, Count).Select(i => $"d{i}"), part.Definitions.Keys);
        Assert.Equal(Count, JsonNode.Parse(part.Document.Inflate())!["paths"]!["/apis/g.io/v1"]!["parameters"]!.AsArray().Count);
    }

    [Fact]
    public void One_server_cannot_redefine_what_another_has_defined()
    {
        var first = Cut(Spec("v1", """{"A":{"properties":{"b":{"$ref":"#/definitions/B"}}},"B":{"type":"string"},"A_v2":{"type":"object"}}""", "A", "A_v2"), "a.io");
        var second = Cut(Spec("v1", """{"A":{"properties":{"b":{"$ref":"#/definitions/B"}}},"B":{"type":"integer"}}""", "A"), "a.io");
        var same = Cut(Spec("v1", """{"B":{"type":"string"}}""", "B"), "a.io");
        var together = SwaggerPart.Together([first, second, same], NothingOwn).Select(element => JsonNode.Parse(element.GetRawText())!).ToList();
        Assert.Equal(["A A_v2 B", "A B_v2", "B"], together.Select(part => string.Join(' ', part["definitions"]!.AsObject().Select(d => d.Key).Order(StringComparer.Ordinal))));
        Assert.Equal("#/definitions/B_v2", (string?)together[1]["definitions"]!["A"]!["properties"]!["b"]!["$ref"]);
        Assert.Equal("#/definitions/A", (string?)together[1]["paths"]!["/apis/a.io/v1/x0"]!["$ref"]);
    }

    // The order of what they say and the kinds that they are of make no two definitions of one.
    [Theory]
    [InlineData("""{"type":"object","properties":{"b":{"type":"string"},"c":{}}}""", "A B")]
    [InlineData("""{"properties":{"c":{},"b":{"type":"string"}},"type":"object","x-kubernetes-group-version-kind":[{"group":"a.io","version":"v1","kind":"A"}]}""", "A B")]
    [InlineData("""{"type":"object","properties":{"b":{"type":"integer"},"c":{}}}""", "A_v3 B")]
    public void What_this_server_defines_otherwise_is_renamed(string definition, string names)
    {
        var part = Cut(Spec("v1", $$$"""{"A":{{{definition}}},"B":{"$ref":"#/definitions/A"}}""", "B"), "a.io");
        var own = SwaggerPart.HashesOf(
            [("A", Own("""{"type":"object","properties":{"b":{"type":"string"},"c":{}}}""")), ("A_v2", Own("{}")), ("C", Own("{}"))],
            [part, Cut(Spec("v1", """{"A_v2":{}}""", "A_v2"), "a.io")]);
        Assert.Equal(["A", "A_v2"], own.Keys.Order(StringComparer.Ordinal));
        var renamed = JsonNode.Parse(SwaggerPart.Together([part], own).Select(element => element.GetRawText()).Single())!["definitions"]!.AsObject();
        Assert.Equal(names, string.Join(' ', renamed.Select(d => d.Key).Order(StringComparer.Ordinal)));
        Assert.Equal($"#/definitions/{names.Split(' ')[0]}", (string?)renamed["B"]!["$ref"]);

        static JsonObject Own(string json) => (JsonObject)JsonNode.Parse(json)!;
    }

    private static readonly Dictionary<string, string> NothingOwn = [];

    private static string Spec(string version, string definitions, params string[] roots) =>
        $$"""{"paths":{ {{string.Join(',', roots.Select((root, i) => $$"""
        "/apis/a.io/{{version}}/x{{i}}":{"$ref":"#/definitions/{{root}}"}
        """))}} },"definitions":{{definitions}}}""";

    /// <summary>The parts in the form of protobuf, after they were written as JSON.</summary>
    private static byte[] Merged(params SwaggerPart[] parts)
    {
        using var json = new MemoryStream();
        OpenApiDocument.WriteV2(json, [], parts, "v1");
        Assert.NotEqual(0, json.Length);
        using var protobuf = new MemoryStream();
        OpenApiV2Protobuf.Write(protobuf, [], parts, "v1");
        return protobuf.ToArray();
    }

    private static int Depth(byte[] document)
    {
        var reader = new Utf8JsonReader(document, new JsonReaderOptions { MaxDepth = 1000 });
        var deepest = 0;
        while (reader.Read()) deepest = Math.Max(deepest, reader.CurrentDepth + (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray ? 1 : 0));
        return deepest;
    }

    private static SwaggerPart Cut(string text, string group = "g.io") => SwaggerPart.Cut(Encoding.UTF8.GetBytes(text), group, "v1");
}
