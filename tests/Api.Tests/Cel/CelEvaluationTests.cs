using System.Text.Json.Nodes;
using Slipway.Api.Cel;

namespace Slipway.Api.Tests.Cel;

public class CelEvaluationTests
{
    private static readonly Dictionary<string, CelValue> Variables = new()
    {
        ["x"] = new CelInt(5),
        ["s"] = new CelString("héllo"),
        ["m"] = CelJson.ToCel(JsonNode.Parse("""{"a": 1, "b": {"c": [1, 2.5, null, "t"]}, "big": 9007199254740993}""")),
    };

    [Theory]
    // literals
    [InlineData("1", "1")]
    [InlineData("0x1F", "31")]
    [InlineData("7u", "7u")]
    [InlineData("1.5e3", "1500")]
    [InlineData(".5", "0.5")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("'it' + \"s\"", "\"its\"")]
    [InlineData(@"'a\n\x41\u00e9\101'", "\"a\nAéA\"")]
    [InlineData(@"r'a\n'", "\"a\\\\n\"")]
    [InlineData("'''a'b'''", "\"a'b\"")]
    [InlineData("b'ab' + b'c'", "b\"\\x61\\x62\\x63\"")]
    [InlineData("[1, 2,]", "[1, 2]")]
    [InlineData("{'a': 1}['a']", "1")]
    [InlineData("null == null", "true")]
    [InlineData("1 // a comment", "1")]
    // arithmetic
    [InlineData("1 + 2 * 3 - 4", "3")]
    [InlineData("(1 + 2) * 3", "9")]
    [InlineData("7 / 2", "3")]
    [InlineData("-7 / 2", "-3")]
    [InlineData("-7 % 2", "-1")]
    [InlineData("7.0 / 2.0", "3.5")]
    [InlineData("--x", "5")]
    [InlineData("[1] + [2]", "[1, 2]")]
    [InlineData("1 / 0", "error(division by zero)")]
    [InlineData("1 % 0", "error(modulus by zero)")]
    [InlineData("9223372036854775807 + 1", "error(integer overflow)")]
    [InlineData("-9223372036854775808 / -1", "error(integer overflow)")]
    [InlineData("0u - 1u", "error(unsigned integer overflow)")]
    [InlineData("1 + 1.0", "error(no such overload: int + double)")]
    [InlineData("1 + '1'", "error(no such overload: int + string)")]
    // comparison
    [InlineData("1 == 1.0", "true")]
    [InlineData("1u == 1", "true")]
    [InlineData("1 < 1.5", "true")]
    [InlineData("9007199254740993 == 9007199254740992.0", "true")]
    [InlineData("-1 < 0u", "true")]
    [InlineData("'a' < 'b'", "true")]
    [InlineData("1 == '1'", "false")]
    [InlineData("[1, 2] == [1.0, 2u]", "true")]
    [InlineData("{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", "true")]
    [InlineData("1 < 'a'", "error(no such overload: int < string)")]
    [InlineData("0.0/0.0 == 0.0/0.0", "false")]
    // logic
    [InlineData("!true || true && false", "false")]
    [InlineData("true ? 1 : 2", "1")]
    [InlineData("false ? 1 : true ? 2 : 3", "2")]
    [InlineData("1/0 == 1 || true", "true")]
    [InlineData("true || 1/0 == 1", "true")]
    [InlineData("1/0 == 1 && false", "false")]
    [InlineData("1/0 == 1 || false", "error(division by zero)")]
    [InlineData("1 || true", "true")]
    [InlineData("1 || false", "error(no such overload: || takes bool, not int)")]
    [InlineData("1 ? 2 : 3", "error(no such overload: the condition before ? must be bool, not int)")]
    // fields and indexes
    [InlineData("m.a", "1")]
    [InlineData("m.b.c[1]", "2.5")]
    [InlineData("m['b']['c'][3]", "\"t\"")]
    [InlineData("m.big", "9007199254740993")]
    [InlineData("m.z", "error(no such key: z)")]
    [InlineData("m.b.c[9]", "error(index out of bounds: 9)")]
    [InlineData("m.b.c['x']", "error(no such overload: list has no index of type string)")]
    [InlineData("x.y", "error(no such overload: int has no field y)")]
    [InlineData("has(m.a)", "true")]
    [InlineData("has(m.z)", "false")]
    [InlineData("has(m.z.y)", "error(no such key: z)")]
    [InlineData("nope", "error(undeclared reference to 'nope' (in container ''))")]
    [InlineData("2 in [1, 2u]", "true")]
    [InlineData("'a' in m", "true")]
    [InlineData("'z' in m", "false")]
    [InlineData("{1: 'a'}[1.0]", "\"a\"")]
    [InlineData("{1: 1, 1: 2}", "error(Failed with repeated key: 1)")]
    // functions
    [InlineData("size(s)", "5")]
    [InlineData("s.size()", "5")]
    [InlineData("size(m.b.c)", "4")]
    [InlineData("s.startsWith('hé')", "true")]
    [InlineData("s.endsWith('lo')", "true")]
    [InlineData("s.contains('ll')", "true")]
    [InlineData("s.matches('^h.l+o$')", "true")]
    [InlineData("matches('abc', '[')", null)]
    [InlineData(@"'١'.matches(r'^\d$')", "false")]
    [InlineData("int('42') + int(2.9)", "44")]
    [InlineData("int('x')", "error(type conversion error from 'string' to 'int')")]
    [InlineData("int(1e300)", null)]
    [InlineData("uint(3)", "3u")]
    [InlineData("uint(-3)", null)]
    [InlineData("double('2.5')", "2.5")]
    [InlineData("string(1) + string(true) + string(2.5)", "\"1true2.5\"")]
    [InlineData("string(999999.0) + string(1000000.0) + string(-12345678.5) + string(0.0001) + string(0.00001)", "\"9999991e+06-1.23456785e+070.00011e-05\"")]
    [InlineData("bool('true')", "true")]
    [InlineData("type(1)", "int")]
    [InlineData("nofunction(1)", "error(unbound function: nofunction)")]
    [InlineData("size(1)", "error(no such overload: size(int))")]
    // macros
    [InlineData("[1, 2, 3].all(i, i > 0)", "true")]
    [InlineData("[1, 2, 3].exists(i, i > 2)", "true")]
    [InlineData("[1, 2, 3].exists_one(i, i > 1)", "false")]
    [InlineData("[1, 2, 3].filter(i, i % 2 == 1)", "[1, 3]")]
    [InlineData("[1, 2, 3].map(i, i * x)", "[5, 10, 15]")]
    [InlineData("[1, 2, 3].map(i, i > 1, i * 2)", "[4, 6]")]
    [InlineData("{'a': 1}.exists(k, k == 'a')", "true")]
    [InlineData("[[1], [2, 3]].map(l, l.map(i, i + 1))", "[[2], [3, 4]]")]
    [InlineData("[1, 0].exists(i, 1 / i == 1)", "true")]
    [InlineData("[0, 1].all(i, 1 / i == 2)", "false")]
    [InlineData("[0].all(i, 1 / i == 1)", "error(division by zero)")]
    [InlineData("[1].map(x, x)", "[1]")]
    [InlineData("[1].map(y, y).size() + x", "6")]
    [InlineData("5.all(i, true)", "error(no such overload: int has no items)")]
    public void An_expression_has_the_value(string text, string? value)
    {
        var result = CelExpression.Parse(text).Evaluate(Variables);
        if (value is null)
            Assert.IsType<CelError>(result);
        else
            Assert.Equal(value, result.ToString());
    }

    [Theory]
    [InlineData("", "unexpected the end, expected an expression at position 1")]
    [InlineData("1 +", "unexpected the end, expected an expression at position 4")]
    [InlineData("(1", "unexpected the end, expected \")\" at position 3")]
    [InlineData("1 2", "unexpected 2 at position 3")]
    [InlineData("'abc", "text without closing quote at position 1")]
    [InlineData("a ? b", "unexpected the end, expected \":\" at position 6")]
    [InlineData("a.1", null)]
    [InlineData("x # y", "unexpected character '#' at position 3")]
    [InlineData("99999999999999999999", "invalid number literal: out of range at position 1")]
    [InlineData("has(x)", "invalid argument to has() macro at position 5")]
    [InlineData("[1].all(1, true)", "argument must be a simple name in all() at position 9")]
    [InlineData(@"'\q'", "unknown escape \\q at position 2")]
    public void A_text_that_is_no_expression_is_refused_with_its_position(string text, string? message)
    {
        var refusal = Assert.Throws<CelSyntaxException>(() => CelExpression.Parse(text));
        if (message is not null)
            Assert.Equal(message, refusal.Message);
    }

    // Kubernetes' decoder makes whole numbers that are no int64 double.
    [Theory]
    [InlineData("9223372036854775807", nameof(CelInt), nameof(CelInt))]
    [InlineData("9223372036854775808", nameof(CelUint), nameof(CelDouble))]
    [InlineData("18446744073709551615", nameof(CelUint), nameof(CelDouble))]
    [InlineData("18446744073709551616", nameof(CelDouble), nameof(CelDouble))]
    public void Large_whole_numbers_are_unsigned_in_flows_alone(string json, string inFlows, string inKubernetes)
    {
        var document = JsonNode.Parse($$"""{"a":[{"b":{{json}} }]}""");
        Assert.Equal((inFlows, inKubernetes), (NumberIn(CelJson.ToCel(document)), NumberIn(CelJson.UnstructuredToCel(document))));

        static string NumberIn(CelValue read) => CelExpression.Parse("m.a[0].b").Evaluate(new Dictionary<string, CelValue> { ["m"] = read }).GetType().Name;
    }

    [Fact]
    public void Depth_and_steps_are_bounded()
    {
        Assert.Throws<CelSyntaxException>(() => CelExpression.Parse(new string('(', 5000) + "1" + new string(')', 5000)));
        Assert.Equal("true", CelExpression.Parse(new string('!', 5000) + "true").Evaluate(Variables).ToString());
        Assert.Throws<CelSyntaxException>(() => CelExpression.Parse(string.Concat(Enumerable.Repeat("-(", 5000)) + "1" + new string(')', 5000)));
        Assert.Throws<CelSyntaxException>(() => CelExpression.Parse("a" + string.Concat(Enumerable.Repeat(".b", 5000))));
        Assert.Throws<CelSyntaxException>(() => CelExpression.Parse(string.Join("+", Enumerable.Repeat("1", 5000))));
        var list = "[" + string.Join(",", Enumerable.Range(0, 200)) + "]";
        Assert.IsType<CelError>(CelExpression.Parse($"{list}.map(a, {list}.map(b, {list}.map(c, 1)))").Evaluate(Variables));
    }

    [Theory]
    [InlineData("""{"a":[1,2.5,"x",null,true],"ü":{}}""")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    public void Json_becomes_a_value_and_back(string json) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), CelJson.ToJson(CelJson.ToCel(JsonNode.Parse(json)))));

    [Fact]
    public void Numbers_of_documents_are_handed_on_as_they_are_written()
    {
        const string Json = """[9223372036854775807,9223372036854775808,18446744073709551615,18446744073709551616,-9223372036854775809,1.0,1.10,1e5,-0.0,1e999]""";
        var list = CelJson.ToCel(JsonNode.Parse(Json));
        Assert.Equal(Json, CelJson.ToText(list));
        Assert.Equal(["int", "uint", "uint", "double", "double", "double", "double", "double", "double", "double"], ((CelList)list).Items.Select(i => i.TypeName));
    }

    [Fact]
    public void What_has_no_json_is_refused() => Assert.Throws<FormatException>(() => CelJson.ToJson(new CelDouble(double.NaN)));
}
