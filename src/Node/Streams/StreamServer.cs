using Grpc.Core;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Slipway.Api;
using Slipway.Node.Cri;
using Slipway.Node.Logs;

namespace Slipway.Node.Streams;

/// <summary>
/// The streams of pods as the kubelet serves them: <c>exec</c>, <c>attach</c> and <c>portForward</c>. The container runtime
/// offers each by SPDY; clients come by SPDY, which passes as it is, or by WebSockets.
/// </summary>
/// <param name="cri">The runtime.</param>
/// <param name="container">Id of a pod's running container; refuses with an <see cref="ApiException"/>.</param>
/// <param name="sandbox">Id of a pod's sandbox; refuses with an <see cref="ApiException"/>.</param>
internal sealed class StreamServer(
    CriClient cri, Func<ObjectKey, string, string> container, Func<ObjectKey, string> sandbox, TimeProvider clock, ILogger log) : IDisposable
{
    private readonly RuntimeStreams _runtime = new();

    /// <summary>Runs a command in a container: <c>command</c> (once for each word), <c>input</c>, <c>output</c>, <c>error</c>, <c>tty</c>.</summary>
    public ValueTask<ApiResponse> ExecAsync(ObjectKey pod, string name, string query, ApiRequest request, CancellationToken cancellation) => AnswerAsync(async () =>
    {
        var asked = Asked.Read(query);
        var call = new ExecRequest { ContainerId = container(pod, name), Tty = asked.Tty, Stdin = asked.Stdin, Stdout = asked.Stdout, Stderr = asked.Stderr };
        call.Cmd.AddRange(asked.Command);
        return await ConnectAsync(request, asked, async () => (await cri.Runtime.ExecAsync(call, cancellationToken: cancellation)).Url, cancellation);
    });

    /// <summary>Joins in with the process of a container; parameters as with commands.</summary>
    public ValueTask<ApiResponse> AttachAsync(ObjectKey pod, string name, string query, ApiRequest request, CancellationToken cancellation) => AnswerAsync(async () =>
    {
        var asked = Asked.Read(query);
        var call = new AttachRequest { ContainerId = container(pod, name), Tty = asked.Tty, Stdin = asked.Stdin, Stdout = asked.Stdout, Stderr = asked.Stderr };
        return await ConnectAsync(request, asked, async () => (await cri.Runtime.AttachAsync(call, cancellationToken: cancellation)).Url, cancellation);
    });

    /// <summary>Forwards ports of a pod; clients that do not name them as they go name them as <c>port</c>.</summary>
    public ValueTask<ApiResponse> ForwardAsync(ObjectKey pod, string query, ApiRequest request, CancellationToken cancellation) => AnswerAsync(async () =>
    {
        int[] ports = [.. QueryHelpers.ParseQuery(query).GetValueOrDefault("port", StringValues.Empty).Select(p => ushort.TryParse(p, out var port) && port > 0 ? port : throw ApiException.BadRequest($"port={p} is not a port from 1 to 65535"))];
        var call = new PortForwardRequest { PodSandboxId = sandbox(pod) };
        call.Port.AddRange(ports);
        Func<Task<string>> begin = async () => (await cri.Runtime.PortForwardAsync(call, cancellationToken: cancellation)).Url;
        if (!WebSockets.AreAsked(request)) return await PassAsync(request, begin, cancellation);
        if (WebSockets.Protocols(request).Contains(TunnelConnection.Protocol))
            return await SwitchAsync(request, TunnelConnection.Protocol, PortStreams.Protocol, begin, runtime => new TunnelConnection(runtime, clock, log), cancellation);
        if (ports.Length is 0 or > PortStreams.MaxPorts) throw ApiException.BadRequest($"query parameter \"port\" is required: 1 to {PortStreams.MaxPorts} ports, not {ports.Length}");
        return await JoinAsync(request, ChannelProtocol.OfPorts, PortStreams.Of(ports), begin, cancellation);
    });

    public void Dispose() => _runtime.Dispose();

    private async Task<ApiResponse> ConnectAsync(ApiRequest request, Asked asked, Func<Task<string>> begin, CancellationToken cancellation)
    {
        if (!WebSockets.AreAsked(request)) return await PassAsync(request, begin, cancellation);
        var streams = CommandStreams.Of(asked.Stdin, asked.Stdout, asked.Stderr, asked.Tty);
        return await JoinAsync(request, ChannelProtocol.OfCommands, streams, begin, cancellation);
    }

    private async Task<ApiResponse> JoinAsync(
        ApiRequest request, IReadOnlyList<ChannelProtocol> known, IReadOnlyList<ChannelStream> streams, Func<Task<string>> begin, CancellationToken cancellation)
    {
        var protocol = ChannelProtocol.Choose(known, WebSockets.Protocols(request)) ?? throw ApiException.BadRequest(
            $"none of the WebSocket's subprotocols ({string.Join(", ", WebSockets.Protocols(request))}) is spoken here; these are: {string.Join(", ", known.Where(k => k.Name.Length > 0).Select(k => k.Name))}");
        return await SwitchAsync(request, protocol.Name, protocol.Runtime, begin, runtime => new ChannelConnection(protocol, streams, runtime, clock, log), cancellation);
    }

    private async Task<ApiResponse> SwitchAsync(
        ApiRequest request, string protocol, string ofRuntime, Func<Task<string>> begin, Func<Stream, IConnectionHandler> handler, CancellationToken cancellation)
    {
        var headers = WebSockets.Headers(request, protocol) ?? throw ApiException.BadRequest("the WebSocket's handshake is not that of version 13 (RFC 6455)");
        var (runtime, _) = await _runtime.ConnectAsync(await begin(), [ofRuntime], cancellation);
        return new ApiResponse { StatusCode = 101, Headers = headers, Connection = handler(runtime) };
    }

    private async Task<ApiResponse> PassAsync(ApiRequest request, Func<Task<string>> begin, CancellationToken cancellation)
    {
        if (!request.Upgrade.Equals(RuntimeStreams.Spdy, StringComparison.OrdinalIgnoreCase))
            throw ApiException.BadRequest($"the connection can be switched to {RuntimeStreams.Spdy} and websocket, not to \"{request.Upgrade}\"");
        var (runtime, chosen) = await _runtime.ConnectAsync(await begin(), request.ListHeader(RuntimeStreams.ProtocolHeader), cancellation);
        List<KeyValuePair<string, string>> headers = [new("Upgrade", RuntimeStreams.Spdy)];
        if (chosen.Length > 0) headers.Add(new(RuntimeStreams.ProtocolHeader, chosen));
        return new ApiResponse { StatusCode = 101, Headers = headers, Connection = new ConnectedStreams(runtime) };
    }

    private static async ValueTask<ApiResponse> AnswerAsync(Func<Task<ApiResponse>> connect)
    {
        try
        {
            return await connect();
        }
        catch (ApiException refusal)
        {
            return PlainText.Response(refusal.Code, refusal.Message);
        }
        catch (RpcException failure)
        {
            return PlainText.Response(500, failure.Status.Detail);
        }
    }

    private sealed record Asked(IReadOnlyList<string> Command, bool Stdin, bool Stdout, bool Stderr, bool Tty)
    {
        public static Asked Read(string query)
        {
            var values = QueryHelpers.ParseQuery(query);
            var tty = IsSet("tty");
            // A terminal has one output, which carries errors as well.
            return new([.. values.GetValueOrDefault("command", StringValues.Empty).OfType<string>()], IsSet("input"), IsSet("output"), IsSet("error") && !tty, tty);

            bool IsSet(string name) => values.GetValueOrDefault(name, StringValues.Empty).ToString() is "1" or "true";
        }
    }
}
