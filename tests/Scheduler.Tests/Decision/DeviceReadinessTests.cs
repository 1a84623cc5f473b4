using System.Text;

namespace Slipway.Scheduler.Tests.Decision;

public sealed class DeviceReadinessTests
{
    [Theory]
    // what drivers tell of devices; seconds since they were given; ready, fault
    [InlineData("", 1, false, null)]
    [InlineData("""{"driver":"d","pool":"p","device":"a","conditions":[{"type":"x","status":"True"}]}""", 1, false, null)]
    [InlineData("""{"driver":"d","pool":"p","device":"a","conditions":[{"type":"x","status":"True"},{"type":"y","status":"False"}]}""", 1, false, null)]
    [InlineData("""{"driver":"d","pool":"p","device":"a","conditions":[{"type":"x","status":"True"},{"type":"y","status":"True"}]}""", 1, true, null)]
    [InlineData("""{"driver":"d","pool":"p","device":"a","conditions":[{"type":"x","status":"True"},{"type":"y","status":"True"}]}""", 700, true, null)]
    [InlineData("""{"driver":"d","pool":"other","device":"a","conditions":[{"type":"x","status":"True"},{"type":"y","status":"True"}]}""", 1, false, null)]
    [InlineData("""{"driver":"d","pool":"p","device":"a","conditions":[{"type":"x","status":"True"},{"type":"y","status":"True"},{"type":"bad","status":"True","reason":"R","message":"m"}]}""", 1, false, "claim c binding failed: reason=R, message=\"m\"")]
    [InlineData("""{"driver":"d","pool":"p","device":"a","conditions":[{"type":"bad","status":"False"}]}""", 1, false, null)]
    [InlineData("", 601, false, "claim c binding timeout")]
    public void Devices_are_ready_when_all_of_their_conditions_are_true(string told, int seconds, bool isReady, string? fault) => Assert.Equal(new(isReady, fault), DeviceReadiness.Of(
        Read($$$"""{"driver":"d","pool":"p","device":"a","bindingConditions":["x","y"],"bindingFailureConditions":["bad"]},{"driver":"d","pool":"p","device":"b"}""", told), Given.AddSeconds(seconds)));

    [Fact]
    public void Devices_without_conditions_are_ready() => Assert.True(DeviceReadiness.Of(Read("""{"driver":"d","pool":"p","device":"a"}""", ""), Given.AddDays(1)).IsReady);

    private static readonly DateTime Given = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static DeviceClaimView Read(string results, string told) => Kinds.DeviceClaims.Read(Encoding.UTF8.GetBytes(
        $$$"""{"metadata":{"name":"c"},"status":{"allocation":{"allocationTimestamp":"2026-01-01T00:00:00Z","devices":{"results":[{{{results}}}]}},"devices":[{{{told}}}]}}"""));
}
