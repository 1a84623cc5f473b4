using Slipway.Node.Runtime;

namespace Slipway.Node.Tests.Runtime;

public sealed class ContainerUsersTests
{
    [Theory]
    [InlineData("""{"runtimeSpec":{"process":{"user":{"uid":1000,"gid":2000,"additionalGids":[2000,3000]}}}}""", "1000 2000: 2000 3000")]
    [InlineData("""{"runtimeSpec":{"process":{"user":{"uid":0,"gid":0,"additionalGids":[10,20]}}}}""", "0 0: 0 10 20")]
    [InlineData("""{"runtimeSpec":{"process":{"user":{}}}}""", "0 0: 0")]
    [InlineData("""{"pid":7}""", null)]
    [InlineData("""{"runtimeSpec":{"process":{"user":{"uid":"odd"}}}}""", null)]
    [InlineData("[]", null)]
    [InlineData("no json", null)]
    [InlineData(null, null)]
    public void The_user_is_read_off_what_the_process_was_made_by(string? info, string? expected)
    {
        var user = ContainerUsers.Of(info)?.Linux;
        Assert.Equal(expected, user is null ? null : $"{user.Uid} {user.Gid}: {string.Join(' ', user.SupplementalGroups)}");
    }
}
