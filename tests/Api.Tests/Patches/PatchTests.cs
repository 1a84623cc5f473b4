using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Patches;

namespace Slipway.Api.Tests.Patches;

public sealed class PatchTests
{
    // The examples of RFC 7386, appendix A.
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""["a","b"]""", """["c","d"]""", """["c","d"]""")]
    [InlineData("""{"a":"b"}""", """["c"]""", """["c"]""")]
    [InlineData("""{"a":"foo"}""", "null", "null")]
    [InlineData("""{"a":"foo"}""", "\"bar\"", "\"bar\"")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("[1,2]", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [InlineData("{}", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void MergePatchesApply(string document, string patch, string expected) =>
        Json.AssertEqual(expected, MergePatch.Apply(Json.Node(document), Json.Node(patch)));

    // After the examples of RFC 6902, appendix A.
    [Theory]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux"}]""", """{"baz":"qux","foo":"bar"}""")]
    [InlineData("""{"foo":["bar","baz"]}""", """[{"op":"add","path":"/foo/1","value":"qux"}]""", """{"foo":["bar","qux","baz"]}""")]
    [InlineData("""{"baz":"qux","foo":"bar"}""", """[{"op":"remove","path":"/baz"}]""", """{"foo":"bar"}""")]
    [InlineData("""{"foo":["bar","qux","baz"]}""", """[{"op":"remove","path":"/foo/1"}]""", """{"foo":["bar","baz"]}""")]
    [InlineData("""{"baz":"qux"}""", """[{"op":"replace","path":"/baz","value":"boo"}]""", """{"baz":"boo"}""")]
    [InlineData("""{"foo":{"a":"b","w":"f"},"q":{"c":"g"}}""", """[{"op":"move","from":"/foo/w","path":"/q/t"}]""", """{"foo":{"a":"b"},"q":{"c":"g","t":"f"}}""")]
    [InlineData("""{"foo":["all","grass","cows","eat"]}""", """[{"op":"move","from":"/foo/1","path":"/foo/3"}]""", """{"foo":["all","cows","eat","grass"]}""")]
    [InlineData("""{"baz":"qux","foo":["a",2,"c"]}""", """[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]""", """{"baz":"qux","foo":["a",2,"c"]}""")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/child","value":{"grandchild":{}}}]""", """{"foo":"bar","child":{"grandchild":{}}}""")]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux","xyz":123}]""", """{"foo":"bar","baz":"qux"}""")]
    [InlineData("""{"/":9,"~1":10}""", """[{"op":"test","path":"/~01","value":10},{"op":"replace","path":"/~1","value":1}]""", """{"/":1,"~1":10}""")]
    [InlineData("""{"foo":["bar"]}""", """[{"op":"add","path":"/foo/-","value":["abc","def"]}]""", """{"foo":["bar",["abc","def"]]}""")]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"copy","from":"/a","path":"/c"},{"op":"replace","path":"/c/b","value":2}]""", """{"a":{"b":1},"c":{"b":2}}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"","value":{"b":2}}]""", """{"b":2}""")]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/a","value":null}]""", """{"a":null}""")]
    [InlineData("""{"a":1}""", """[{"op":"test","path":"/none","value":null},{"op":"test","path":"/none"}]""", """{"a":1}""")]
    public void JsonPatchesApply(string document, string patch, string expected) =>
        Json.AssertEqual(expected, JsonPatch.Apply(Json.Node(document), Json.Node(patch)!.AsArray()));

    [Fact]
    public void A_JSON_patch_nests_no_deeper_than_a_document_may_be()
    {
        // Each operation puts what there is into itself, below a long path.
        var spine = string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "{}" + new string('}', 200);
        var patch = string.Join(',', Enumerable.Range(0, 100).Select(i => $$"""{"op":"add","path":"/b","value":{{spine}}},{"op":"move","from":"/a","path":"/b{{string.Concat(Enumerable.Repeat("/a", 200))}}"},{"op":"move","from":"/b","path":"/a"}"""));
        Assert.Contains("nested deeper", Assert.Throws<ApiException>(() => JsonPatch.Apply(Json.Node("""{"a":{}}"""), Deep($"[{patch}]"))).Message);
        var copies = string.Join(',', Enumerable.Range(0, 40).Select(i => $$"""{"op":"copy","from":"","path":"{{string.Concat(Enumerable.Repeat("/a", 1 << Math.Min(i, 8)))}}"}"""));
        Assert.Contains("nested deeper", Assert.Throws<ApiException>(() => JsonPatch.Apply(Json.Node("""{"a":{}}"""), Deep($"[{copies}]"))).Message);
    }

    private static System.Text.Json.Nodes.JsonArray Deep(string patch) => DocumentReader.ParseJsonNode(System.Text.Encoding.UTF8.GetBytes(patch))!.AsArray();

    [Fact]
    public void A_JSON_patch_that_moves_a_large_value_again_and_again_is_refused()
    {
        var large = $"[{string.Join(',', Enumerable.Repeat("1", 100_000))}]";
        var moves = string.Join(',', Enumerable.Range(0, 400).Select(i => $$"""{"op":"move","from":"/{{"ab"[i % 2]}}","path":"/{{"ab"[1 - i % 2]}}"}"""));
        Assert.Contains("moves too much", Assert.Throws<ApiException>(() => JsonPatch.Apply(Json.Node($$"""{"a":{{large}}}"""), Json.Node($"[{moves}]")!.AsArray())).Message);
    }

    [Theory]
    [InlineData("""[{"op":"test","path":"/a","value":2}]""", 422)]
    [InlineData("""[{"op":"test","path":"/none","value":2}]""", 422)]
    [InlineData("""[{"op":"test","path":"/none/below","value":null}]""", 422)]
    [InlineData("""[{"op":"add","path":"/x/y","value":1}]""", 422)]
    [InlineData("""[{"op":"remove","path":"/x"}]""", 422)]
    [InlineData("""[{"op":"replace","path":"/x","value":1}]""", 422)]
    [InlineData("""[{"op":"add","path":"/l/2","value":1}]""", 422)]
    [InlineData("""[{"op":"remove","path":"/l/1"}]""", 422)]
    [InlineData("""[{"op":"add","path":"/l/01","value":1}]""", 422)]
    [InlineData("""[{"op":"move","from":"/o","path":"/o/x"}]""", 422)]
    [InlineData("""[{"op":"add","path":"/a"}]""", 400)]
    [InlineData("""[{"op":"add","path":"a","value":1}]""", 400)]
    [InlineData("""[{"op":"add","value":1}]""", 400)]
    [InlineData("""[{"op":"change","path":"/a"}]""", 400)]
    [InlineData("""[1]""", 400)]
    public void JsonPatchesThatDoNotApplyAreRefused(string patch, int code)
    {
        var document = Json.Node("""{"a":1,"l":[1],"o":{}}""");
        Assert.Equal(code, Assert.Throws<ApiException>(() => JsonPatch.Apply(document, Json.Node(patch)!.AsArray())).Code);
        Json.AssertEqual("""{"a":1,"l":[1],"o":{}}""", document);
    }

    [Fact]
    public void APatchLeavesItsArgumentsAlone()
    {
        var (document, patch) = (Json.Node("""{"a":{"b":1}}""")!, (JsonArray)Json.Node("""[{"op":"add","path":"/a/c","value":{"d":1}},{"op":"add","path":"/a/c/e","value":2}]""")!);
        JsonPatch.Apply(document, patch);
        Json.AssertEqual("""{"a":{"b":1}}""", document);
        Json.AssertEqual("""{"d":1}""", patch[0]!["value"]);
    }
}
