using System.Text.Json;
using Slipway.Api.Nodes;

namespace Slipway.Api.Tests.Nodes;

public sealed class TaintTests
{
    [Theory]
    // the taint is k=5:NoSchedule
    [InlineData(null, "Exists", null, null, true)]
    [InlineData("", "Exists", null, "", true)]
    [InlineData(null, "Equal", null, null, false)]
    [InlineData("k", null, "5", null, true)]
    [InlineData("k", "", "5", "NoSchedule", true)]
    [InlineData("k", "Equal", "5", "NoExecute", false)]
    [InlineData("k", "Equal", "6", null, false)]
    [InlineData("k", "Equal", null, null, false)]
    [InlineData("k", "Exists", null, "NoSchedule", true)]
    [InlineData("other", "Exists", null, null, false)]
    [InlineData("k", "Gt", "4", null, true)]
    [InlineData("k", "Gt", "5", null, false)]
    [InlineData("k", "Lt", "6", null, true)]
    [InlineData("k", "Lt", "x", null, false)]
    [InlineData("k", "Unknown", "5", null, false)]
    public void A_taint_is_tolerated_by_key_value_and_effect(string? key, string? how, string? value, string? effect, bool expected)
    {
        var taint = new Taint { Key = "k", Value = "5", Effect = "NoSchedule" };
        var toleration = new Toleration { Key = key, Operator = how, Value = value, Effect = effect };
        Assert.Equal(expected, toleration.Tolerates(taint));
        Assert.Equal(expected, taint.IsTolerated([new() { Key = "other" }, toleration]));
        Assert.False(taint.IsTolerated([]));
    }

    [Theory]
    [InlineData("NoSchedule", true)]
    [InlineData("NoExecute", true)]
    [InlineData("PreferNoSchedule", false)]
    public void Some_effects_forbid(string effect, bool forbids) => Assert.Equal(forbids, new Taint { Effect = effect }.Forbids);

    [Fact]
    public void What_follows_from_a_taint_is_not_written() =>
        Assert.Equal("""{"Key":"k","Value":null,"Effect":"NoExecute","TimeAdded":null}""", JsonSerializer.Serialize(new Taint { Key = "k", Effect = "NoExecute" }, TaintJson.Default.Taint));
}

[System.Text.Json.Serialization.JsonSerializable(typeof(Taint))]
internal sealed partial class TaintJson : System.Text.Json.Serialization.JsonSerializerContext;
