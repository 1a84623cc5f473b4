using System.Text.Json.Nodes;
using Slipway.ApiServer.Admission.Scheduling;

namespace Slipway.ApiServer.Tests.Admission;

public sealed class DeviceTaintTimesTests
{
    private const string Now = "2026-01-02T03:04:05Z", Before = "2026-01-01T00:00:00Z";

    [Theory]
    [InlineData("""{"effect":"NoExecute"}""", null, Now)]
    [InlineData("""{"effect":"NoExecute","timeAdded":"2026-01-01T00:00:00Z"}""", null, Before)]
    [InlineData("""{"effect":"NoExecute","timeAdded":"2026-01-01T00:00:00Z"}""", """{"effect":"None","timeAdded":"2026-01-01T00:00:00Z"}""", Now)]
    [InlineData("""{"effect":"NoExecute","key":"k","timeAdded":"2026-01-01T00:00:00Z"}""", """{"effect":"NoExecute","timeAdded":"2026-01-01T00:00:00Z"}""", Before)]
    [InlineData("""{"effect":"NoExecute","timeAdded":"2026-01-01T00:00:00Z"}""", """{"effect":"None","timeAdded":"2025-01-01T00:00:00Z"}""", Before)]
    public void A_rule_says_since_when_it_taints(string taint, string? old, string expected)
    {
        var rule = Rule(taint);
        DeviceTaintTimes.Complete(rule, old is null ? null : Rule(old), DateTimeOffset.Parse(Now, null));
        Assert.Equal(expected, (string?)rule["spec"]!["taint"]!["timeAdded"]);
    }

    [Fact]
    public void A_slice_says_since_when_each_device_is_tainted()
    {
        var slice = JsonNode.Parse("""{"spec":{"devices":[{"name":"a"},{"name":"b","taints":[{"key":"k"},{"key":"l","timeAdded":"2026-01-01T00:00:00Z"}]}]}}""")!.AsObject();
        DeviceTaintTimes.Complete(slice, null, DateTimeOffset.Parse(Now, null));
        Assert.Equal([Now, Before], slice["spec"]!["devices"]![1]!["taints"]!.AsArray().Select(taint => (string?)taint!["timeAdded"]));
    }

    private static JsonObject Rule(string taint) => new() { ["spec"] = new JsonObject { ["taint"] = JsonNode.Parse(taint) } };
}
