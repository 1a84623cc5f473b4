using Slipway.Api.Nodes;

namespace Slipway.Api.Tests.Nodes;

public sealed class NodeSelectorTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["zone"] = "a", ["cores"] = "8" };

    [Theory]
    // key, operator, values; what is asked of a node of zone a with 8 cores, and how it is told
    [InlineData("zone", "In", "a b", true, "zone In (a, b)")]
    [InlineData("zone", "In", "c", false, "zone=c")]
    [InlineData("absent", "In", "c", false, "absent=c")]
    [InlineData("zone", "NotIn", "c", true, "zone NotIn (c)")]
    [InlineData("absent", "NotIn", "c", true, "absent NotIn (c)")]
    [InlineData("zone", "Exists", "", true, "zone Exists")]
    [InlineData("absent", "DoesNotExist", "", true, "absent DoesNotExist")]
    [InlineData("cores", "Gt", "7", true, "cores Gt (7)")]
    [InlineData("cores", "Gt", "8", false, "cores Gt (8)")]
    [InlineData("cores", "Lt", "9", true, "cores Lt (9)")]
    [InlineData("zone", "Lt", "9", false, "zone Lt (9)")]
    [InlineData("absent", "Gt", "1", false, "absent Gt (1)")]
    [InlineData("zone", "Unknown", "a", false, "zone Unknown (a)")]
    public void A_requirement_is_met_or_told(string key, string how, string values, bool isMet, string text)
    {
        var requirement = new NodeRequirement { Key = key, Operator = how, Values = [.. values.Split(' ', StringSplitOptions.RemoveEmptyEntries)] };
        Assert.Equal((isMet, text), (requirement.IsMetBy(Labels.GetValueOrDefault(key)), $"{requirement}"));
        var term = new NodeSelectorTerm { MatchExpressions = [requirement] };
        Assert.Equal(isMet ? [] : new[] { requirement }, term.Unmet("n1", Labels));
    }

    [Fact]
    public void Terms_are_alternatives_whose_requirements_are_all_met()
    {
        var here = Is("zone", "a");
        var elsewhere = Is("zone", "b");
        var named = Is("metadata.name", "n1");
        Assert.False(Selects());
        Assert.False(Selects(new NodeSelectorTerm()));
        Assert.True(Selects(new NodeSelectorTerm { MatchExpressions = [elsewhere] }, new NodeSelectorTerm { MatchExpressions = [here] }));
        Assert.False(Selects(new NodeSelectorTerm { MatchExpressions = [here, elsewhere] }));
        Assert.True(Selects(new NodeSelectorTerm { MatchExpressions = [here], MatchFields = [named] }));
        Assert.False(Selects(new NodeSelectorTerm { MatchExpressions = [named] }));   // a field, not a label
        Assert.False(Selects(new NodeSelectorTerm { MatchFields = [here] }));
        Assert.False(new NodeSelector().Selects("n1", Labels));

        static bool Selects(params NodeSelectorTerm[] terms) => new NodeSelector { NodeSelectorTerms = [.. terms] }.Selects("n1", Labels);

        static NodeRequirement Is(string key, string value) => new() { Key = key, Operator = "In", Values = [value] };
    }

    [Fact]
    public void All_labels_of_a_node_selector_are_needed()
    {
        Assert.True(NodeSelector.HasAll(null, Labels));
        Assert.True(NodeSelector.HasAll(Labels, Labels));
        Assert.False(NodeSelector.HasAll(new Dictionary<string, string> { ["zone"] = "b" }, Labels));
        Assert.False(NodeSelector.HasAll(new Dictionary<string, string> { ["absent"] = "" }, Labels));
    }
}
