using System.Globalization;
using Slipway.Api.Cel;

namespace Slipway.Api.Tests.Cel;

/// <summary>Laws that hold for all expressions and values, tried on many that are drawn from a fixed seed.</summary>
public class CelPropertyTests
{
    private const int Rounds = 3000;

    private static readonly string[] Binary = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||"];
    private static readonly string[] Leaves = ["1", "-7", "0u", "18446744073709551615u", "9223372036854775807", "1.5", "0.0", "'a'", "'é😀'", "b'x'", "true", "false", "null", "x", "y", "s", "l", "m", "duration('1h')", "timestamp('2020-01-01T00:00:00Z')", "int", "optional.none()", "optional.of(1)"];

    private static readonly Dictionary<string, CelValue> Variables = new()
    {
        ["x"] = new CelInt(3),
        ["y"] = new CelDouble(double.NaN),
        ["s"] = new CelString("text"),
        ["l"] = new CelList([new CelInt(1), new CelString("b"), CelNull.Instance]),
        ["m"] = new CelMap([KeyValuePair.Create("a", (CelValue)new CelInt(1))]),
    };

    private static string Draw(Random random, int depth)
    {
        if (depth == 0 || random.Next(5) == 0) return Leaves[random.Next(Leaves.Length)];
        string Next() => Draw(random, depth - 1);
        return random.Next(15) switch
        {
            0 => $"({Next()} ? {Next()} : {Next()})",
            1 => $"[{Next()}, {Next()}]",
            2 => $"{{{Next()}: {Next()}}}",
            3 => $"{Next()}[{Next()}]",
            4 => $"[{Next()}].{new[] { "all", "exists", "exists_one", "filter", "map" }[random.Next(5)]}(v, {Next()})",
            5 => $"!({Next()})",
            6 => $"-({Next()})",
            7 => $"{new[] { "size", "string", "int", "uint", "double", "type", "bool", "bytes", "duration", "timestamp", "dyn" }[random.Next(11)]}({Next()})",
            8 => $"({Next()}).{new[] { "a", "?a", "contains", "missing" }[random.Next(4)]}",
            9 => $"cel.bind(z, {Next()}, [z, {Next()}])",
            10 => $"({Next()}).orValue({Next()})",
            _ => $"({Next()} {Binary[random.Next(Binary.Length)]} {Next()})",
        };
    }

    [Fact]
    public void Evaluating_never_throws_and_is_the_same_twice()
    {
        var random = new Random(7);
        var values = 0;
        for (var i = 0; i < Rounds; i++)
        {
            var text = Draw(random, 4);
            var expression = CelExpression.Parse(text);
            var (one, two) = (expression.Evaluate(Variables), expression.Evaluate(Variables));
            Assert.Equal(one.ToString(), two.ToString());
            if (one is not CelError) values++;
        }

        Assert.InRange(values, Rounds / 20, Rounds);
    }

    [Fact]
    public void What_the_checker_accepts_has_the_type_that_it_says_and_costs_what_was_estimated()
    {
        var environment = CelEnvironment.Everything.With(new CelVariable("x", CelType.Int), new CelVariable("y", CelType.Double), new CelVariable("s", CelType.String.AtMost(4)),
            new CelVariable("l", CelType.List(CelType.Dyn).AtMost(3)), new CelVariable("m", CelType.Map(CelType.String.AtMost(1), CelType.Int).AtMost(1)));
        var random = new Random(11);
        var (accepted, wrong) = (0, new List<string>());
        for (var i = 0; i < Rounds; i++)
        {
            var text = Draw(random, 3);
            CelProgram program;
            try
            {
                program = environment.Compile(text);
            }
            catch (CelCompileException)
            {
                continue;
            }

            accepted++;
            var result = program.Evaluate(Variables);
            if (result.Value is CelError) continue;
            if (program.ResultType.Kind is not (CelKind.Dyn or CelKind.Error) && program.ResultType.Kind != result.Value.Type.Kind && result.Value is not CelNull)
                wrong.Add($"{text}: {program.ResultType} {result.Value}");
        }

        Assert.Empty(wrong);
        Assert.InRange(accepted, Rounds / 20, Rounds);
    }

    [Fact]
    public void A_limit_of_what_an_evaluation_costs_lets_it_end_and_one_less_does_not()
    {
        var environment = CelEnvironment.Everything.With(new CelVariable("x", CelType.Int), new CelVariable("y", CelType.Double), new CelVariable("s", CelType.String), new CelVariable("l", CelType.List(CelType.Dyn)), new CelVariable("m", CelType.Map(CelType.String, CelType.Int)));
        var ended = 0;
        for (var seed = 1; seed <= Rounds; seed++)
        {
            CelProgram program;
            var text = Draw(new Random(seed), 3);
            try
            {
                program = environment.Compile(text);
            }
            catch (CelCompileException)
            {
                continue;
            }

            var whole = program.Evaluate(Variables);
            if (whole.WasInterrupted || whole.Cost == 0) continue;
            var same = program.Evaluate(Variables, whole.Cost);
            Assert.True(!same.WasInterrupted && same.Cost == whole.Cost, $"seed {seed}: {text} costs {whole.Cost}, and is interrupted there");
            Assert.True(program.Evaluate(Variables, whole.Cost - 1).WasInterrupted, $"seed {seed}: {text} costs {whole.Cost}, and ends with less");
            ended++;
        }

        Assert.InRange(ended, Rounds / 20, Rounds);
    }

    [Theory]
    [InlineData("l.all(v, v >= 0)")]
    [InlineData("l.filter(v, v > 1).size() >= 0")]
    [InlineData("l.map(v, v * 2).exists(v, v < 0)")]
    [InlineData("l.all(v, l.all(w, v + w >= 0))")]
    [InlineData("l == l")]
    [InlineData("-1 in l")]
    public void More_items_never_cost_less(string text)
    {
        var program = CelEnvironment.Everything.With(new CelVariable("l", CelType.List(CelType.Int))).Compile(text);
        var before = 0UL;
        for (var count = 0; count < 60; count++)
        {
            var cost = program.Evaluate(new Dictionary<string, CelValue> { ["l"] = new CelList([.. Enumerable.Range(0, count).Select(i => new CelInt(i))]) }).Cost;
            Assert.True(cost >= before, $"{count} items cost {cost}, one less {before}");
            before = cost;
        }
    }

    [Fact]
    public void Order_and_equality_of_numbers_agree()
    {
        CelValue[] numbers = [new CelInt(long.MinValue), new CelInt(-1), new CelInt(0), new CelUint(0), new CelDouble(-0.5), new CelDouble(0), new CelInt(7), new CelUint(7), new CelDouble(7), new CelUint(ulong.MaxValue), new CelDouble(1e300), new CelDouble(double.NegativeInfinity)];
        foreach (var a in numbers)
        {
            foreach (var b in numbers)
            {
                Assert.Equal(CelEquality.Compare(a, b), -CelEquality.Compare(b, a));
                Assert.Equal(CelEquality.Compare(a, b) == 0, CelEquality.Instance.Equals(a, b));
                if (CelEquality.Instance.Equals(a, b)) Assert.Equal(CelEquality.Instance.GetHashCode(a), CelEquality.Instance.GetHashCode(b));
            }
        }
    }

    [Fact]
    public void Times_and_durations_read_back_what_they_write()
    {
        var random = new Random(3);
        for (var i = 0; i < Rounds; i++)
        {
            var time = new CelTimestamp(random.NextInt64(-62_135_596_800, 253_402_300_799), random.Next(1_000_000_000));
            Assert.Equal(0, CelTimestamp.Parse(time.ToText())!.CompareTo(time));
            var duration = new CelDuration(random.NextInt64(long.MinValue, long.MaxValue));
            Assert.Equal(duration.Nanos, CelDuration.Parse(duration.ToText())!.Nanos);
            var number = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(number)) Assert.Equal(number, double.Parse(CelConversions.DoubleText(number, 21), CultureInfo.InvariantCulture));
        }
    }

    [Theory]
    [InlineData("name", "name")]
    [InlineData("a-b", "a__dash__b")]
    [InlineData("a.b/c", "a__dot__b__slash__c")]
    [InlineData("a__b", "a__underscores__b")]
    [InlineData("namespace", "__namespace__")]
    [InlineData("namespaces", "namespaces")]
    [InlineData("_", "_")]
    [InlineData("0a", null)]
    [InlineData("a b", null)]
    [InlineData("ü", null)]
    public void Names_of_properties_are_escaped_and_back(string name, string? escaped)
    {
        Assert.Equal(escaped, CelPropertyNames.Escape(name));
        if (escaped is not null) Assert.Equal(name, CelPropertyNames.Unescape(escaped));
    }
}
