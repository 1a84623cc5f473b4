using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;

namespace Slipway.Api.Tests.Cel;

/// <summary>No expression takes long, overflows the stack or throws, whatever it is.</summary>
public class CelLimitTests
{
    private static readonly CelEnvironment WithSelf = CelEnvironment.Everything.With(new CelVariable("self", CelType.Dyn));

    private static string Nested(string start, string step, string end, int count) => start + string.Concat(Enumerable.Repeat(step, count)) + end;

    public static TheoryData<string> Hostile =>
    [
        Nested("", "(", "", 50_000),
        Nested("", "[", "", 50_000),
        Nested("", "{1:", "", 20_000),
        Nested("", "-(", "", 30_000),
        Nested("", "a?", "", 30_000),
        Nested("a", ".b", "", 40_000),
        Nested("a", "[0]", "", 30_000),
        Nested("a", "+a", "", 40_000),
        Nested("a", " in a", "", 20_000),
        Nested("true", "||true", "", 16_000),
        Nested("a", "&&!a", "", 16_000),
        Nested("a", ".f()", "", 20_000),
        Nested("", "f(", "", 30_000),
        Nested("", "[1].map(x,", "", 9_000),
        Nested("", "has(", "", 20_000),
        Nested("", "'", "", 90_000),
        Nested("", "\"\"\"", "", 30_000),
        Nested("", "`", "", 90_000),
        Nested("[", "[],", "]", 30_000),
        "cel.bind(a, {'k': 1}, " + string.Concat(Enumerable.Range(0, 80).Select(i => $"cel.bind({(char)('a' + i % 26)}{i}, {{{(i == 0 ? "a" : $"{(char)('a' + (i - 1) % 26)}{i - 1}")}: {(i == 0 ? "a" : $"{(char)('a' + (i - 1) % 26)}{i - 1}")}}}, ")) + "1" + new string(')', 81),
        "cel.bind(a0, [1, 1], " + string.Concat(Enumerable.Range(1, 60).Select(i => $"cel.bind(a{i}, [a{i - 1}, a{i - 1}], ")) + "a60 == a60" + new string(')', 61),
        "cel.bind(a0, [1, 1], " + string.Concat(Enumerable.Range(1, 60).Select(i => $"cel.bind(a{i}, a{i - 1} + a{i - 1}, ")) + "size(a60)" + new string(')', 61),
        "cel.bind(a0, 'abcdefgh', " + string.Concat(Enumerable.Range(1, 60).Select(i => $"cel.bind(a{i}, a{i - 1} + a{i - 1}, ")) + "size(a60)" + new string(')', 61),
        "cel.bind(a0, 'abcdefgh', " + string.Concat(Enumerable.Range(1, 30).Select(i => $"cel.bind(a{i}, a{i - 1}.replace('', a{i - 1}), ")) + "size(a30)" + new string(')', 31),
        "cel.bind(l, self.list, l.all(a, l.all(b, l.all(c, a + b + c >= 0))))",
        "self.list.all(a, self.list.all(b, ('x' + string(a) + string(b)).matches('(' + string(a) + '|' + string(b) + ')*x')))",
        "self.list.all(a, size(self.long) > 0)",
        "self.list.all(a, self.list.all(b, self.long == self.other))",
        "self.list.all(a, 'x'.replace('x', self.long).size() > 0)",
        "self.list.map(a, self.list).map(l, l.map(i, '%s'.format([self.list]))).size()",
        "'" + new string('a', 5000) + "'.matches('(a*)*b')",
        "'" + new string('a', 5000) + "'.findAll('a|').size()",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_expression_ends_soon(string text)
    {
        var self = new JsonObject
        {
            ["list"] = new JsonArray([.. Enumerable.Range(0, 1000).Select(i => (JsonNode)i)]),
            ["long"] = new string('a', 1_000_000),
            ["other"] = new string('a', 999_999) + "b",
        };
        // As documents arrive: texts that have not been read yet.
        var variables = new Dictionary<string, CelValue> { ["self"] = CelJson.ToCel(JsonNode.Parse(self.ToJsonString())) };
        var begun = Stopwatch.GetTimestamp();
        try
        {
            var program = WithSelf.Compile(text);
            program.EstimateCost();
            program.Evaluate(variables);
        }
        catch (CelCompileException e)
        {
            Assert.InRange(e.Message.Length, 1, 50_000);
        }

        // Far above what it takes, since the machine may be busy; without bounds most of these never end.
        Assert.InRange(Stopwatch.GetElapsedTime(begun).TotalSeconds, 0, 20);
    }

    [Fact]
    public void An_evaluation_can_be_cancelled()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var list = new CelList([.. Enumerable.Range(0, 10_000).Select(i => new CelInt(i))]);
        var result = WithSelf.Compile("self.all(a, a >= 0)").Evaluate(new Dictionary<string, CelValue> { ["self"] = list }, cancellation: source.Token);
        Assert.True(result.WasInterrupted);
        Assert.Equal("error(operation interrupted)", result.Value.ToString());
    }

    [Fact]
    public void A_limit_of_cost_holds_and_nothing_absorbs_it()
    {
        var result = WithSelf.Compile("[1, 2, 3].exists(a, a > 5) || true").Evaluate(new Dictionary<string, CelValue>(), costLimit: 20);
        Assert.True(result.WasInterrupted);
        Assert.Equal("error(operation cancelled: actual cost limit exceeded)", result.Value.ToString());
    }

    [Theory]
    // the cost of each, in the units of Kubernetes
    [InlineData("self", 1)]
    [InlineData("self.a.b", 3)]
    [InlineData("has(self.a)", 1)]
    [InlineData("1 + 1 == 2", 2)]
    [InlineData("[1, 2]", 10)]
    [InlineData("{'a': 1}", 30)]
    [InlineData("self.a.b.startsWith('abc')", 5)]
    [InlineData("self.a.b == '12345678901234567890'", 5)]
    [InlineData("[1, 2, 3].all(x, true)", 20)]
    [InlineData("[1, 2, 3].exists(x, false)", 23)]
    [InlineData("[1, 2, 3].filter(x, x > 1)", 54)]
    [InlineData("[1, 2, 3].map(x, x)", 60)]
    [InlineData("format.dns1123Label().validate(self.a.b)", 28)]
    public void The_cost_is_counted_as_upstream_does(string text, int cost)
    {
        var self = CelJson.ToCel(JsonNode.Parse("""{"a":{"b":"12345678901234567890"}}"""));
        Assert.Equal((ulong)cost, WithSelf.Compile(text).Evaluate(new Dictionary<string, CelValue> { ["self"] = self }).Cost);
    }

    [Theory]
    [InlineData("self.name.startsWith('abc')", 3, 3)]
    [InlineData("self.name == 'abc'", 3, 3)]
    [InlineData("self.name.contains('abc')", 2, 12)]
    [InlineData("self.names.all(n, n.size() < 3)", 3, 63)]
    [InlineData("self.names.exists(n, n == 'abc')", 3, 73)]
    [InlineData("self.n > 1 && self.n < 5", 3, 6)]
    [InlineData("!format.dns1123Label().validate(self.name).hasValue()", 5, 325)]
    [InlineData("format.dns1123Label().validate(self.name) == null", 5, 325)]
    [InlineData("format.dns1123Label() == format.dns1035Label()", 3, 9)]
    [InlineData("matches(self.name, '^[a-z]+$')", 3, 3)]
    [InlineData("cidr(self.name) == cidr(self.name).masked()", 6, 26)]
    [InlineData("ip(self.name) == ip('1.2.3.4')", 4, 14)]
    [InlineData("quantity(self.name) == quantity('1')", 4, 14)]
    [InlineData("url(self.name) == url('https://a.b')", 5, 15)]
    [InlineData("semver(self.name) == semver('1.2.3')", 4, 14)]
    [InlineData("self.n > 1 ? 'a' : self.name + 'b'", 3, 16)]
    public void The_cost_is_bounded_from_what_the_types_declare(string text, int min, int max)
    {
        var self = CelType.Object("self", new Dictionary<string, CelType>
        {
            ["name"] = CelType.String.AtMost(100),
            ["names"] = CelType.List(CelType.String.AtMost(10)).AtMost(10),
            ["n"] = CelType.Int,
        });
        var cost = CelEnvironment.Kubernetes.With(new CelVariable("self", self)).Compile(text).EstimateCost();
        Assert.True(cost.Max <= (ulong)max && cost.Max > 0 && cost.Min <= (ulong)min, $"{cost}");
    }
}
