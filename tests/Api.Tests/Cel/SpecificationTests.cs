using System.Text.Json.Nodes;
using Slipway.Api.Cel;

namespace Slipway.Api.Tests.Cel;

/// <summary>Holds the engine to the specification's cases: all pass but those that are listed, and those listed do not pass.</summary>
public class SpecificationTests
{
    public static TheoryData<string> Sections => [.. SpecificationCases.All.Select(c => c.Section).Distinct()];

    [Theory]
    [MemberData(nameof(Sections))]
    public void The_cases_of_a_section_pass_but_those_listed(string section)
    {
        var wrong = new List<string>();
        foreach (var each in SpecificationCases.All.Where(c => c.Section == section))
        {
            var problem = Problem(each.Json);
            var isListed = SpecificationCases.Unsupported.ContainsKey(each.Name);
            if (problem is not null && !isListed) wrong.Add($"{each.Name}\t{each.Json["expr"]}\t{problem}");
            if (problem is null && isListed) wrong.Add($"{each.Name}\tis listed as unsupported and passes");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void The_list_of_unsupported_cases_names_cases_that_there_are()
    {
        Assert.True(SpecificationCases.All.Count > 2000);
        Assert.Empty(SpecificationCases.Unsupported.Keys.Except(SpecificationCases.All.Select(c => c.Name)));
    }

    private static string? Problem(JsonObject test)
    {
        try
        {
            return Run(test);
        }
        catch (NotSupportedException e)
        {
            return e.Message;
        }
    }

    private static string? Run(JsonObject test)
    {
        var text = test["expr"]!.GetValue<string>();
        var environment = SpecificationValues.Environment(test);
        var bindings = (test["bindings"]?.AsObject() ?? []).ToDictionary(b => b.Key, b => SpecificationValues.Value(b.Value!["value"]!.AsObject()));
        var typed = test["typedResult"];
        var expected = test["value"] ?? typed?["result"];
        CelValue actual;
        try
        {
            if (test["disableCheck"]?.GetValue<bool>() == true)
            {
                actual = CelExpression.Parse(text, environment).Evaluate(bindings);
            }
            else
            {
                var program = environment.Compile(text);
                if (typed?["deducedType"] is { } type && program.ResultType.ToString() != SpecificationValues.Type(type).ToString())
                    return $"type {program.ResultType}, not {SpecificationValues.Type(type)}";
                if (test["checkOnly"]?.GetValue<bool>() == true) return null;
                actual = program.Evaluate(bindings).Value;
            }
        }
        catch (Exception e) when (e is CelCompileException or CelSyntaxException)
        {
            return test["evalError"] is null ? e.Message : null;
        }

        if (test["evalError"] is not null) return actual is CelError ? null : $"{actual}, not an error";
        var wanted = expected is null ? CelBool.True : SpecificationValues.Value(expected.AsObject());
        return SpecificationValues.IsSame(wanted, actual) ? null : $"{actual}, not {wanted}";
    }
}
