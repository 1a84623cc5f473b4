using System.Net.Sockets;
using Slipway.Node.Pods;
using Slipway.Node.Volumes;

namespace Slipway.Node.Tests.Volumes;

public sealed class HostPathsTests
{
    [Theory]
    [InlineData("/etc/passwd", "File", null)]
    [InlineData("/etc", "File", "/etc is not a file")]
    [InlineData("/etc/passwd", "Socket", "/etc/passwd is not a socket file")]
    [InlineData("/no/such/place", "Socket", "/no/such/place is not a socket file")]
    [InlineData("/dev/null", "CharDevice", null)]
    [InlineData("/dev/null", "BlockDevice", "/dev/null is not a block device")]
    [InlineData("/etc/passwd", "CharDevice", "/etc/passwd is not a character device")]
    [InlineData("/etc/passwd", "Directory", "/etc/passwd is not a directory")]
    public void A_path_is_what_its_type_says(string path, string type, string? problem)
    {
        if (problem is null)
            HostPaths.Check(path, type);
        else
            Assert.Equal($"hostPath type check failed: {problem}", Assert.Throws<ContainerConfigException>(() => HostPaths.Check(path, type)).Message);
    }

    [Fact]
    public void A_socket_is_a_socket()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.sock");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        try
        {
            HostPaths.Check(path, "Socket");
        }
        finally
        {
            File.Delete(path);
        }
    }
}
