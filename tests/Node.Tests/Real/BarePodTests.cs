using System.Diagnostics;
using Grpc.Core;
using Slipway.Node.Cri;

namespace Slipway.Node.Tests.Real;

[Trait("Level", "Node")]
[Collection(NodeFixture.OneAtATime)]
public sealed class BarePodTests(NodeFixture node, ITestOutputHelper output)
{
    [Fact]
    public async Task A_pod_runs_by_bare_calls_and_its_exit_arrives_as_an_event()
    {
        await node.StartAsync();
        using var cri = new CriClient(node.Options.Socket);
        using var events = cri.Subscribe(TestContext.Current.CancellationToken);

        for (var i = 0; i < 3; i++)
        {
            var watch = Stopwatch.StartNew();
            var uid = Guid.NewGuid().ToString();
            var sandbox = new PodSandboxConfig
            {
                Metadata = new() { Name = $"bare-{i}", Namespace = "default", Uid = uid },
                LogDirectory = $"{node.Home}/logs/{uid}",
                Linux = new() { CgroupParent = $"{node.Options.CgroupRoot}/kubepods/pod{uid}", SecurityContext = new() },
            };
            Directory.CreateDirectory(sandbox.LogDirectory);
            var id = (await cri.Runtime.RunPodSandboxAsync(new() { Config = sandbox })).PodSandboxId;
            var t1 = watch.ElapsedMilliseconds;
            var config = new ContainerConfig
            {
                Metadata = new() { Name = "main" },
                Image = new() { Image = NodeFixture.Busybox },
                Command = { "sh", "-c", "echo hello; exit 7" },
                LogPath = "main.log",
                Linux = new() { SecurityContext = new(), Resources = new() },
            };
            var container = (await cri.Runtime.CreateContainerAsync(new() { PodSandboxId = id, Config = config, SandboxConfig = sandbox })).ContainerId;
            var t2 = watch.ElapsedMilliseconds;
            await cri.Runtime.StartContainerAsync(new() { ContainerId = container });
            output.WriteLine($"sandbox {t1} ms, create {t2 - t1} ms, start {watch.ElapsedMilliseconds - t2} ms");

            TaskExit? exit = null;
            while (exit is null && await events.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
                if (events.ResponseStream.Current is { Topic: TaskTopics.Exit } envelope && TaskExit.Parser.ParseFrom(envelope.Event.Value) is var seen && seen.ContainerId == container)
                    exit = seen;
            Assert.Equal(7u, exit!.ExitStatus);
            Assert.Contains("stdout F hello", await File.ReadAllTextAsync($"{sandbox.LogDirectory}/main.log"), StringComparison.Ordinal);
            while (!await IsStoppedAsync(id)) { }
            await cri.Runtime.RemovePodSandboxAsync(new() { PodSandboxId = id });
        }

        // The runtime may find the end of the container while it stops it; who asks again, as kubelets do, is served.
        async Task<bool> IsStoppedAsync(string sandbox)
        {
            try
            {
                await cri.Runtime.StopPodSandboxAsync(new() { PodSandboxId = sandbox });
                return true;
            }
            catch (RpcException e) when (e.Status.Detail.Contains("ttrpc: closed", StringComparison.Ordinal))
            {
                return false;
            }
        }
    }
}
