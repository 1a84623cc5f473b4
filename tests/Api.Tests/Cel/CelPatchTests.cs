using Slipway.Api.Cel;

namespace Slipway.Api.Tests.Cel;

/// <summary>What expressions change objects with.</summary>
public sealed class CelPatchTests
{
    private static readonly CelEnvironment Environment = CelEnvironment.Kubernetes.WithPatches();

    [Theory]
    [InlineData("jsonpatch.escapeKey('k8s.io/my~label')", "\"k8s.io~1my~0label\"")]
    [InlineData("jsonpatch.escapeKey('~1')", "\"~01\"")]
    [InlineData("Object{a: 1}.a + 1", "2")]
    [InlineData("has(Object{a: 1}.b)", "false")]
    [InlineData("Object{a: Object.a{b: [1]}} == Object{a: Object.a{b: [1]}}", "true")]
    [InlineData("JSONPatch{op: 'add'}.op", "\"add\"")]
    [InlineData("Object{?a: optional.none(), ?b: optional.of('x')}", "{\"b\": \"x\"}")]
    public void Values(string text, string value) => Assert.Equal(value, Environment.Compile(text).Evaluate(new Dictionary<string, CelValue>()).Value.ToString());

    [Theory]
    [InlineData("Object{spec: Object.spec{list: [Object.spec.list{a: 1}, Object.spec.list{}], map: {'k': true}, none: null}}", """{"spec":{"list":[{"a":1},{}],"map":{"k":true},"none":null}}""")]
    [InlineData("Object{spec: Object.spec{map: {'k': Object.spec.map{a: 1.5}}}}", """{"spec":{"map":{"k":{"a":1.5}}}}""")]
    public void Configurations(string text, string json) => Json.AssertEqual(json, CelPatches.ConfigurationOf(Value(text)));

    [Theory]
    [InlineData("Object{spec: Object.other{}}", "type mismatch: unexpected type name \"Object.other\", expected \"Object.spec\", which matches field name path from root Object type")]
    [InlineData("Object{spec: Object{}}", "type mismatch: unexpected type name \"Object\", expected \"Object.spec\", which matches field name path from root Object type")]
    [InlineData("Object{list: [Object.lists{}]}", "type mismatch: unexpected type name \"Object.lists\", expected \"Object.list\", which matches field name path from root Object type")]
    public void An_object_stands_in_the_field_that_its_type_names(string text, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => CelPatches.ConfigurationOf(Value(text))).Message);

    [Theory]
    [InlineData("[JSONPatch{op: 'add', path: '/a', value: {'b': [1, 2]}}, JSONPatch{op: 'move', from: '/a', path: '/c'}]", """[{"op":"add","path":"/a","value":{"b":[1,2]}},{"op":"move","path":"/c","from":"/a"}]""")]
    [InlineData("[JSONPatch{op: 'test', path: '/a', value: null}, JSONPatch{op: 'remove'}]", """[{"op":"test","path":"/a","value":null},{"op":"remove","path":""}]""")]
    [InlineData("[JSONPatch{op: 'add', path: '/spec', value: Object.spec{a: Object.spec.a{}}}]", """[{"op":"add","path":"/spec","value":{"a":{}}}]""")]
    [InlineData("[1, 2].map(i, JSONPatch{op: 'add', path: '/' + string(i), value: i})", """[{"op":"add","path":"/1","value":1},{"op":"add","path":"/2","value":2}]""")]
    public void Patches(string text, string json) => Json.AssertEqual(json, CelPatches.PatchOf(Value(text)));

    [Theory]
    [InlineData("JSONPatch{unknown: 1}", "undefined field 'unknown'")]
    [InlineData("JSONPatch{path: 1}", "expected type of field 'path' is 'string' but provided type is 'int'")]
    [InlineData("Objects{}", "undeclared reference to 'Objects' (in container '')")]
    [InlineData("[Object.a{}, Object.b{}]", "expected type 'Object.a' but found 'Object.b'")]
    public void Types(string text, string issue) => Assert.Equal(issue, Assert.Throws<CelCompileException>(() => Environment.Compile(text)).Issues[0].Message);

    [Fact]
    public void Other_expressions_know_nothing_of_them() =>
        Assert.Throws<CelCompileException>(() => CelEnvironment.Kubernetes.Compile("Object{}"));

    private static CelValue Value(string text) => Environment.Compile(text).Evaluate(new Dictionary<string, CelValue>()).Value;
}
