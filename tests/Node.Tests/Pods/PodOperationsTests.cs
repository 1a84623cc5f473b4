using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Client;
using Slipway.Node.Logs;
using Slipway.Node.Pods;
using Slipway.Testing;

namespace Slipway.Node.Tests.Pods;

public sealed class PodOperationsTests : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory("slipway-operations-").FullName;
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task A_directory_of_logs_that_cannot_be_made_is_told_and_tried_again()
    {
        var root = Path.Combine(_home, "logs");
        await File.WriteAllTextAsync(root, "a file, where a directory is to be");
        var options = new NodeOptions { NodeName = "n1", Address = "192.0.2.1", ContainerdSocket = "", PodsRoot = _home, LogsRoot = root, CgroupParent = "/none" };
        var events = new EventRecorder(_cluster.Admin, "kubelet", "n1", _cluster.Clock, NullLogger.Instance);
        _cluster.Run(events.RunAsync);
        var operations = new PodOperations(null!, _cluster.Admin, options, null!, null!, new PodLogs(root, null, NullLogger.Instance), null!, null!, null!, null!,
            new([], [], []), null!, () => [], events, _cluster.Clock, NullLogger.Instance);
        var pod = new V1Pod
        {
            ApiVersion = "v1",
            Kind = "Pod",
            Metadata = new() { Name = "p", NamespaceProperty = "default", Uid = "u" },
            Spec = new() { Containers = [new() { Name = "main", Image = "x:1" }] },
        };
        var failed = Assert.IsType<PodEvent.SandboxFailed>(await operations.StartSandboxAsync(pod, 0, _ => { }, TestContext.Current.CancellationToken));
        Assert.StartsWith("Failed to create pod sandbox: ", failed.Message, StringComparison.Ordinal);
        await _cluster.WaitForAllAsync(EventView.Resource, "default", all => all.Exists(e => e.Reason == "FailedCreatePodSandBox" && e.Message == failed.Message));
    }
}
