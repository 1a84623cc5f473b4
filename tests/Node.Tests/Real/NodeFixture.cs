using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Node.Containerd;
using Slipway.Node.Images;

[assembly: AssemblyFixture(typeof(Slipway.Node.Tests.Real.NodeFixture))]

namespace Slipway.Node.Tests.Real;

/// <summary>A real private containerd with a bridge network and cgroup of its own, shared by the tests of the assembly and removed after them.</summary>
public sealed class NodeFixture : IAsyncDisposable
{
    /// <summary>A node takes all pods of its containerd for its own, so that only one may be at work.</summary>
    public const string OneAtATime = "node";

    public const string PauseImage = "slipway.local/pause:1";
    public const string Busybox = "slipway.local/busybox:1";

    private readonly SemaphoreSlim _once = new(1);
    private readonly string _id = Guid.NewGuid().ToString("n")[..8];
    private ContainerdProcess? _process;

    public NodeFixture()
    {
        Home = $"/tmp/slipway-node-{_id}";
        Options = new()
        {
            Root = $"{Home}/root",
            State = $"/run/slipway-test-{_id}",
            Socket = $"/run/slipway-test-{_id}/containerd.sock",
            CgroupRoot = $"/slipway-test-{_id}",
            CniConfDir = $"{Home}/cni",
            RegistryConfigDir = $"{Home}/certs.d",
            PauseImage = PauseImage,
            LogFile = $"{Home}/containerd.log",
        };
        Images = new(Options, TimeProvider.System);
    }

    public string Home { get; }
    public ContainerdOptions Options { get; }
    public ImageStore Images { get; }
    public ContainerdProcess Containerd => _process!;

    /// <summary>Starts containerd with the pause and busybox images, for the first test that needs them.</summary>
    public async Task StartAsync()
    {
        await _once.WaitAsync();
        try
        {
            if (_process is not null)
                return;
            Assert.True(File.Exists("/bin/busybox"), "These tests run /bin/busybox in containers; install it (apt-get install busybox-static).");
            WriteNetwork();
            _process = new(Options, TimeProvider.System, NullLoggerFactory.Instance);
            await _process.StartAsync(default);
            await Images.EnsureAsync(new OciImage(PauseImage)
            {
                Files = [OciFile.Program("/bin/busybox", "/bin/busybox")],
                Entrypoint = ["/bin/busybox", "sleep", "1000000"],
            }, default);
            await Images.EnsureAsync(BusyboxImage(Busybox), default);
        }
        finally
        {
            _once.Release();
        }
    }

    public static OciImage BusyboxImage(string name) => new(name)
    {
        Files =
        [
            OciFile.Program("/bin/busybox", "/bin/busybox"),
            new("/etc/passwd", "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"u8.ToArray()),
            new("/etc/group", "root:x:0:\nnogroup:x:65534:\n"u8.ToArray()),
        ],
        Links = [.. "sh cat echo tr grep cut sleep ls id env true false kill head tail dd wget hostname stat mkdir touch readlink".Split(' ').Select(n => new OciLink($"/bin/{n}", "/bin/busybox"))],
        Directories = ["/tmp", "/proc", "/sys", "/dev"],
        Command = ["/bin/sh"],
    };

    private void WriteNetwork()
    {
        Directory.CreateDirectory(Options.CniConfDir);
        var subnet = $"10.{200 + (Convert.ToInt32(_id[..2], 16) % 50)}.{Convert.ToInt32(_id[2..4], 16)}.0/24";
        File.WriteAllText($"{Options.CniConfDir}/10-test.conflist", $$"""
            { "cniVersion": "0.4.0", "name": "slipway-test-{{_id}}", "plugins": [
              { "type": "bridge", "bridge": "swt{{_id}}", "isGateway": true, "ipMasq": false, "hairpinMode": true,
                "ipam": { "type": "host-local", "dataDir": "{{Home}}/ipam", "ranges": [[{ "subnet": "{{subnet}}" }]], "routes": [{ "dst": "0.0.0.0/0" }] } } ] }
            """);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
            await ContainerdRemoval.RunAsync(Options, [Home], keepRoot: false, TimeProvider.System, default);
            await new ProcessCall("ip", "link", "del", $"swt{_id}").RunAsync();
        }
        Images.Dispose();
        _once.Dispose();
        if (Directory.Exists(Home))
            Directory.Delete(Home, recursive: true);
    }
}
