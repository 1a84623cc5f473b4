namespace Slipway.Node.Streams;

/// <summary>
/// One of Kubernetes' ways to carry several streams over a WebSocket: each message begins with the number of its channel.
/// </summary>
/// <param name="Name">The WebSocket subprotocol; empty for clients that ask for none.</param>
/// <param name="Runtime">The protocol of the runtime's streams that says errors in the same form.</param>
/// <param name="IsBase64">Whether messages are text: the channel as a digit, and base64 after it.</param>
/// <param name="ClosesStreams">Whether the client can end a channel by a message (channel 255, and the number of the channel).</param>
/// <remarks><see href="https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets"/></remarks>
internal sealed record ChannelProtocol(string Name, string Runtime, bool IsBase64, bool ClosesStreams)
{
    /// <summary>The channel of messages that end others.</summary>
    public const byte CloseChannel = 255;

    /// <summary>The protocol of the runtime in which the error stream brings a <c>Status</c>.</summary>
    public const string WithStatus = "v4.channel.k8s.io";

    /// <summary>The protocol of the runtime in which the error stream brings words.</summary>
    public const string WithWords = "channel.k8s.io";

    /// <summary>Those for commands.</summary>
    public static readonly IReadOnlyList<ChannelProtocol> OfCommands =
    [
        new("v5.channel.k8s.io", WithStatus, false, true),
        new("v4.channel.k8s.io", WithStatus, false, false),
        new("v4.base64.channel.k8s.io", WithStatus, true, false),
        new("channel.k8s.io", WithWords, false, false),
        new("base64.channel.k8s.io", WithWords, true, false),
        new("", WithWords, false, false),
    ];

    /// <summary>Those for ports.</summary>
    public static readonly IReadOnlyList<ChannelProtocol> OfPorts =
    [
        new("v4.channel.k8s.io", PortStreams.Protocol, false, false),
        new("v4.base64.channel.k8s.io", PortStreams.Protocol, true, false),
        new("", PortStreams.Protocol, false, false),
    ];

    /// <summary>Whether errors are a <c>Status</c>.</summary>
    public bool HasStatus => Runtime == WithStatus;

    /// <summary>The first of the client's wishes that is known; null if none is.</summary>
    public static ChannelProtocol? Choose(IReadOnlyList<ChannelProtocol> known, IEnumerable<string> wishes)
    {
        string[] wanted = [.. wishes];
        return (wanted.Length == 0 ? [""] : wanted).Select(w => known.FirstOrDefault(k => k.Name == w)).FirstOrDefault(k => k is not null);
    }
}
