using System.Text.Json.Nodes;
using Slipway.Api.Kinds;

namespace Slipway.Api.Tests.Kinds;

public class RunAuthorshipTests
{
    private const string Publish = """{"flow":"f","approvals":[{"task":"publish","approved":true,BEN}]}""";
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 6, 0, 0, TimeSpan.Zero);

    [Theory]
    // what is claimed -> what is written
    [InlineData("""{"flow":"f"}""", """{"type":"User","by":"anna"}""")]
    [InlineData("""{"flow":"f","cause":{"type":"User","by":"ben","message":"why"}}""", """{"type":"User","by":"anna","message":"why"}""")]
    [InlineData("""{"flow":"f","cause":{"type":"Schedule","by":"nightly"}}""", """{"type":"User","by":"anna"}""")]
    [InlineData("""{"flow":"f","cause":{"type":"Test","by":"ben"}}""", """{"type":"User","by":"anna"}""")]
    [InlineData("""{"flow":"f","cause":"ben"}""", """{"type":"User","by":"anna"}""")]
    [InlineData("""{"flow":"f","rerun":{"run":"f-1"},"cause":{"type":"Rerun","by":"ben","message":"of f-1"}}""", """{"type":"Rerun","by":"anna","message":"of f-1"}""")]
    [InlineData("""{"flow":"f","fakes":{},"cause":{"type":"Test","by":"ben","message":"first"}}""", """{"type":"Test","by":"anna","message":"first"}""")]
    public void Who_starts_a_run_is_the_user_who_creates_it(string spec, string cause) => Assert.Equal(cause, Sign(null, spec)["cause"]!.ToJsonString());

    [Theory]
    [InlineData("""{"flow":"f"}""", """{"flow":"f"}""", """{"flow":"f"}""")]
    [InlineData("""{"flow":"f","cause":{"type":"Schedule","by":"n"}}""", """{"flow":"f","cause":{"type":"Schedule","by":"n"}}""", """{"flow":"f","cause":{"type":"Schedule","by":"n"}}""")]
    [InlineData("""{"flow":"f","cause":{"type":"Schedule","by":"n"}}""", """{"flow":"f"}""", """{"flow":"f","cause":{"type":"Schedule","by":"n"}}""")]
    [InlineData("""{"flow":"f"}""", """{"flow":"f","stop":{"message":"m",BEN}}""", """{"flow":"f","stop":{"message":"m",ANNA}}""")]
    [InlineData("""{"flow":"f"}""", """{"flow":"f","stop":{}}""", """{"flow":"f","stop":{ANNA}}""")]
    [InlineData("""{"flow":"f","stop":{BEN}}""", """{"flow":"f","stop":{}}""", """{"flow":"f","stop":{BEN}}""")]
    [InlineData("""{"flow":"f","stop":{BEN}}""", """{"flow":"f","stop":{"message":"m",BEN}}""", """{"flow":"f","stop":{"message":"m",ANNA}}""")]
    [InlineData("""{"flow":"f"}""", Publish, """{"flow":"f","approvals":[{"task":"publish","approved":true,ANNA}]}""")]
    [InlineData(Publish, Publish, Publish)]
    [InlineData(Publish, """{"flow":"f","approvals":[{"task":"publish","approved":true}]}""", Publish)]
    [InlineData(Publish, """{"flow":"f","approvals":[{"task":"publish","approved":false,BEN}]}""", """{"flow":"f","approvals":[{"task":"publish","approved":false,ANNA}]}""")]
    [InlineData(Publish, """{"flow":"f","approvals":[{"task":"publish","approved":true,"by":"carl","at":"x"},{"task":"b","approved":true,BEN}]}""",
        """{"flow":"f","approvals":[{"task":"publish","approved":true,BEN},{"task":"b","approved":true,ANNA}]}""")]
    [InlineData("""{"flow":"f"}""", """{"flow":"f","approvals":["x"],"stop":1}""", """{"flow":"f","approvals":["x"],"stop":1}""")]
    public void A_decision_that_is_new_is_that_of_the_user_who_writes_it_and_others_stay(string old, string spec, string signed) =>
        Assert.True(JsonNode.DeepEquals(Run(signed)["spec"], Sign(old, spec)), Sign(old, spec).ToJsonString());

    [Fact]
    public void Decisions_that_a_run_begins_with_are_of_who_creates_it()
    {
        var spec = Sign(null, """{"flow":"f","stop":{BEN},"approvals":[{"task":"a","approved":true,BEN}]}""");
        Assert.Equal(("anna", "anna"), (spec["stop"]!["by"]!.ToString(), spec["approvals"]![0]!["by"]!.ToString()));
    }

    [Theory]
    [InlineData(null, """{"flow":"f"}""", false)]
    [InlineData(null, Publish, true)]
    [InlineData(null, """{"flow":"f","fakes":{}}""", true)]
    [InlineData("""{"flow":"f","fakes":{}}""", """{"flow":"f","fakes":{},"suspend":true}""", false)]
    [InlineData("""{"flow":"f"}""", Publish, true)]
    [InlineData(Publish, Publish, false)]
    [InlineData("""{"flow":"f"}""", """{"flow":"f","stop":{}}""", false)]
    public void Who_decides_is_told_from_who_changes_something_else(string? old, string spec, bool decides) =>
        Assert.Equal(decides, RunAuthorship.Decides(old is null ? null : Run(old), Run(spec)));

    [Fact]
    public void A_run_without_a_spec_is_left_to_its_schema()
    {
        var run = new JsonObject { ["spec"] = "x" };
        RunAuthorship.Sign(null, run, "anna", Now);
        Assert.Equal("""{"spec":"x"}""", run.ToJsonString());
        Assert.False(RunAuthorship.Decides(null, run));
    }

    private static JsonObject Sign(string? old, string spec)
    {
        var run = Run(spec);
        RunAuthorship.Sign(old is null ? null : Run(old), run, "anna", Now);
        return (JsonObject)run["spec"]!;
    }

    // Of a decision, who has given it, and when.
    private static JsonObject Run(string spec) => new()
    {
        ["spec"] = JsonNode.Parse(spec
            .Replace("ANNA", """ "by":"anna","at":"2026-01-31T06:00:00.000Z" """, StringComparison.Ordinal)
            .Replace("BEN", """ "by":"ben","at":"2026-01-30T06:00:00.000Z" """, StringComparison.Ordinal)),
    };
}
