using Grpc.Core;
using Grpc.Net.Client;

namespace Slipway.Node.Cri;

/// <summary>A connection to containerd: the CRI's runtime and image services, and containerd's events.</summary>
internal sealed class CriClient : IDisposable
{
    private readonly GrpcChannel _channel;

    /// <param name="socket">Path of containerd's unix socket. Nothing is opened before the first call.</param>
    public CriClient(string socket)
    {
        _channel = UnixChannel.To(socket);
        Runtime = new RuntimeService.RuntimeServiceClient(_channel);
        Images = new ImageService.ImageServiceClient(_channel);
        Events = new Events.EventsClient(_channel);
    }

    public RuntimeService.RuntimeServiceClient Runtime { get; }

    public ImageService.ImageServiceClient Images { get; }

    /// <summary>Starts the subscription to what happens to the processes of containers.</summary>
    public AsyncServerStreamingCall<Envelope> Subscribe(CancellationToken cancellation)
    {
        var request = new SubscribeRequest();
        foreach (var topic in new[] { TaskTopics.Exit, TaskTopics.Oom })
            request.Filters.Add($"namespace==k8s.io,topic==\"{topic}\"");
        return Events.Subscribe(request, new Metadata { { "containerd-namespace", "k8s.io" } }, cancellationToken: cancellation);
    }

    public void Dispose() => _channel.Dispose();

    private Events.EventsClient Events { get; }
}

/// <summary>Topics of containerd's task events.</summary>
internal static class TaskTopics
{
    public const string Exit = "/tasks/exit";
    public const string Oom = "/tasks/oom";
}
