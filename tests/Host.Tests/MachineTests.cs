namespace Slipway.Host;

public sealed class MachineTests
{
    [Theory]
    [InlineData(true, true, null)]
    [InlineData(true, false, "needs root; run the same command with sudo")]
    [InlineData(false, true, "needs Linux, because containers do; use a Linux machine or virtual machine")]
    [InlineData(false, false, "needs Linux")]
    public void Another_system_or_user_is_told_what_to_do(bool isLinux, bool isRoot, string? said)
    {
        var fault = Machine.Fault("start a cluster", isLinux, isRoot);
        if (said is null) Assert.Null(fault);
        else Assert.Contains(said, fault);
    }
}
