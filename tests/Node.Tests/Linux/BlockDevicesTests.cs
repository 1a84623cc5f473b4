using Slipway.Node.Linux;

namespace Slipway.Node.Tests.Linux;

public sealed class BlockDevicesTests
{
    [Fact]
    public void Devices_are_named_by_their_numbers()
    {
        Assert.Equal("", BlockDevices.PathOf("0:0"));
        foreach (var device in Directory.Exists("/sys/dev/block") ? Directory.EnumerateFileSystemEntries("/sys/dev/block") : [])
            Assert.StartsWith("/dev/", BlockDevices.PathOf(Path.GetFileName(device)), StringComparison.Ordinal);
    }
}
