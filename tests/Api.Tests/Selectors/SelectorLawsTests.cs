using System.Text.Json.Nodes;
using Slipway.Api.Selectors;

namespace Slipway.Api.Tests.Selectors;

/// <summary>Laws of selectors, tried on random ones. A failure names its seed.</summary>
public sealed class SelectorLawsTests
{
    private static readonly string[] Keys = ["a", "b", "example.com/c"];
    private static readonly string[] Values = ["", "x", "y", "5", "7"];

    [Fact]
    public void Label_selectors_read_back_as_they_are_printed_and_match_the_same() => Each((random, what) =>
    {
        var selector = new LabelSelector([.. Enumerable.Range(0, random.Next(4)).Select(_ => Requirement(random))]);
        var read = LabelSelector.Parse(selector.ToString());
        Assert.Equal(selector.ToString(), read.ToString());
        for (var i = 0; i < 5; i++)
        {
            var labels = Labels(random);
            var expected = selector.Requirements.All(r => Meets(r, labels));
            Assert.True(selector.Matches(labels) == expected && read.Matches(labels) == expected, $"{what}: {selector} on {labels?.ToJsonString()} is not {expected}");
        }
    });

    [Fact]
    public void The_JSON_form_of_a_selector_and_its_text_select_the_same() => Each((random, what) =>
    {
        var requirements = Enumerable.Range(0, random.Next(4)).Select(_ => Requirement(random)).Where(r => r.Operator < LabelOperator.GreaterThan).ToArray();
        var json = new JsonObject { ["matchExpressions"] = new JsonArray([.. requirements.Select(r => (JsonNode)Json(r))]) };
        if (random.Next(2) == 0) json["matchLabels"] = new JsonObject { ["a"] = Values[random.Next(Values.Length)] };
        var (fromJson, fromText) = (LabelSelector.FromJson(json), LabelSelector.Parse(LabelSelectorText.Of(json)));
        for (var i = 0; i < 5; i++)
        {
            var labels = Labels(random);
            Assert.True(fromJson.Matches(labels) == fromText.Matches(labels), $"{what}: {json.ToJsonString()} and {LabelSelectorText.Of(json)} on {labels?.ToJsonString()}");
        }
    });

    [Fact]
    public void Field_selectors_read_back_as_they_are_printed() => Each((random, what) =>
    {
        var selector = new FieldSelector([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => new FieldRequirement(Keys[random.Next(2)], random.Next(2) == 0, random.GetString("ab,=\\! ", random.Next(5))))]);
        var read = Record.Exception(() => Assert.Equal(selector.Requirements, FieldSelector.Parse(selector.ToString()).Requirements));
        Assert.True(read is null, $"{what}: {selector}: {read?.Message}");
    });

    [Fact]
    public void Any_text_is_read_or_refused() => Each((random, what) =>
    {
        var text = random.GetString("ab=!<>(), /.-\\in", random.Next(12));
        Assert.True(Record.Exception(() => LabelSelector.Parse(text)) is null or ApiException { Code: 400 }, $"{what}: {text}");
        Assert.True(Record.Exception(() => FieldSelector.Parse(text)) is null or ApiException { Code: 400 }, $"{what}: {text}");
    });

    // What Kubernetes' documentation says of each operator.
    private static bool Meets(LabelRequirement requirement, JsonObject? labels)
    {
        var value = (string?)labels?[requirement.Key];
        return requirement.Operator switch
        {
            LabelOperator.Exists => value is not null,
            LabelOperator.DoesNotExist => value is null,
            LabelOperator.In => value is not null && requirement.Values.Contains(value),
            LabelOperator.NotIn => value is null || !requirement.Values.Contains(value),
            LabelOperator.GreaterThan => int.TryParse(value, out var number) && number > int.Parse(requirement.Values[0], System.Globalization.CultureInfo.InvariantCulture),
            _ => int.TryParse(value, out var number) && number < int.Parse(requirement.Values[0], System.Globalization.CultureInfo.InvariantCulture),
        };
    }

    private static LabelRequirement Requirement(Random random)
    {
        var (key, op) = (Keys[random.Next(Keys.Length)], (LabelOperator)random.Next(6));
        return op switch
        {
            LabelOperator.In or LabelOperator.NotIn => new(key, op, [.. Values.Where(_ => random.Next(2) == 0).DefaultIfEmpty("x")]),
            LabelOperator.Exists or LabelOperator.DoesNotExist => new(key, op, []),
            _ => new(key, op, [$"{random.Next(7)}"]),
        };
    }

    private static JsonObject Json(LabelRequirement requirement)
    {
        var json = new JsonObject { ["key"] = requirement.Key, ["operator"] = requirement.Operator.ToString() };
        if (requirement.Values.Count > 0) json["values"] = new JsonArray([.. requirement.Values.Select(v => (JsonNode)v)]);
        return json;
    }

    private static JsonObject? Labels(Random random) =>
        random.Next(8) == 0 ? null : new JsonObject(Keys.Where(_ => random.Next(2) == 0).Select(k => KeyValuePair.Create(k, (JsonNode?)Values[random.Next(Values.Length)])));

    private static void Each(Action<Random, string> law)
    {
        for (var seed = 1; seed <= 2000; seed++) law(new Random(seed), $"seed {seed}");
    }
}
