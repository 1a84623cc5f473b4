using System.Text.Json.Nodes;

namespace Slipway.Client.Tests.Leadership;

public sealed class LeaseClaimTests
{
    private static readonly LeaseClaim Claim = new("me", TimeSpan.FromSeconds(15));
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private const string Time = "2026-01-01T00:00:00.000000Z";

    // What is not the claim's (the rest of the lease) stays.
    [Theory]
    [InlineData("""{"metadata":{"name":"l"}}""", true, $$$"""{"metadata":{"name":"l"},"spec":{"holderIdentity":"me","leaseDurationSeconds":15,"renewTime":"{{{Time}}}","acquireTime":"{{{Time}}}","leaseTransitions":0}}""")]
    [InlineData("""{"spec":{"holderIdentity":"me","leaseDurationSeconds":9,"acquireTime":"a","renewTime":"r","leaseTransitions":4,"strategy":"s"}}""", false, $$$"""{"spec":{"holderIdentity":"me","leaseDurationSeconds":15,"acquireTime":"a","renewTime":"{{{Time}}}","leaseTransitions":4,"strategy":"s"}}""")]
    [InlineData("""{"spec":{"holderIdentity":"you","leaseTransitions":4}}""", false, null)]
    [InlineData("""{"spec":{"holderIdentity":"you","leaseTransitions":4}}""", true, $$$"""{"spec":{"holderIdentity":"me","leaseTransitions":5,"leaseDurationSeconds":15,"renewTime":"{{{Time}}}","acquireTime":"{{{Time}}}"}}""")]
    [InlineData("""{"spec":{"holderIdentity":"","leaseDurationSeconds":1,"leaseTransitions":4}}""", false, $$$"""{"spec":{"holderIdentity":"me","leaseDurationSeconds":15,"leaseTransitions":5,"renewTime":"{{{Time}}}","acquireTime":"{{{Time}}}"}}""")]
    [InlineData("""{"spec":{}}""", false, $$$"""{"spec":{"holderIdentity":"me","leaseDurationSeconds":15,"renewTime":"{{{Time}}}","acquireTime":"{{{Time}}}","leaseTransitions":1}}""")]
    public void A_lease_is_taken_when_it_is_free_and_renewed_by_its_holder(string lease, bool hasExpired, string? expected)
    {
        var before = JsonNode.Parse(lease)!.AsObject();
        var next = Claim.Next(before, hasExpired, Now);
        Assert.True(JsonNode.DeepEquals(expected is null ? null : JsonNode.Parse(expected), next), next?.ToJsonString());
        Assert.Equal(lease, before.ToJsonString());
    }

    [Fact]
    public void Only_its_holder_gives_a_lease_back()
    {
        Assert.Null(Claim.Release(JsonNode.Parse("""{"spec":{"holderIdentity":"you"}}""")!.AsObject(), Now));
        Assert.Null(Claim.Release([], Now));
        var free = Claim.Release(JsonNode.Parse("""{"spec":{"holderIdentity":"me","leaseDurationSeconds":15,"leaseTransitions":4}}""")!.AsObject(), Now)!;
        Assert.Equal($$$"""{"spec":{"holderIdentity":"","leaseDurationSeconds":1,"leaseTransitions":4,"acquireTime":"{{{Time}}}","renewTime":"{{{Time}}}"}}""", free.ToJsonString());
        Assert.NotNull(new LeaseClaim("you", TimeSpan.FromSeconds(15)).Next(free, hasExpired: false, Now));
    }
}
