using System.Net.WebSockets;
using System.Security.Cryptography;
using Slipway.Api;

namespace Slipway.Client;

/// <summary>Commands in containers of pods, by the subresource <c>exec</c>.</summary>
public static class PodCommands
{
    // How both sides carry several streams in one WebSocket; the second is for servers before Kubernetes 1.30.
    private const string Protocols = "v5.channel.k8s.io, v4.channel.k8s.io";

    // Proxies on the way may close what is silent for long.
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    /// <summary>Runs a command in a container.</summary>
    /// <param name="api">The API.</param>
    /// <param name="ns">Namespace of the pod.</param>
    /// <param name="pod">Its name.</param>
    /// <param name="container">Name of the container.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>
    /// The command's standard input, to be written, and its standard output, to be read. Reading to the end fails with an <see cref="IOException"/> if the command
    /// has failed. A command that is still there when the stream is disposed finds its input at an end.
    /// </returns>
    /// <exception cref="ApiException">It is refused.</exception>
    /// <exception cref="IOException">The API server is not reached.</exception>
    public static async Task<Stream> ExecAsync(this IApi api, string ns, string pod, string container, IEnumerable<string> command, CancellationToken cancellation = default)
    {
        string[] query = ["stdin=true", "stdout=true", "stderr=true", $"container={Uri.EscapeDataString(container)}", .. command.Select(word => $"command={Uri.EscapeDataString(word)}")];
        var request = new ApiRequest("GET", $"/api/v1/namespaces/{ns}/pods/{pod}/exec?{string.Join('&', query)}")
        {
            Upgrade = "websocket",
            Headers =
            [
                new("Sec-WebSocket-Version", "13"),
                new("Sec-WebSocket-Key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(16))),
                new("Sec-WebSocket-Protocol", Protocols),
            ],
        };
        var response = await api.SendAsync(request, cancellation);
        if (response.Connection is not { } connection)
        {
            await using (response)
                throw response.StatusCode >= 400 ? await StatusReader.ReadAsync(response, cancellation) : new IOException($"the API server does not switch to WebSockets (code {response.StatusCode})");
        }

        var (mine, its) = DuplexStream.Pair();
        var serving = ServeAsync(connection, its);
        var socket = WebSocket.CreateFromStream(mine, new WebSocketCreationOptions { KeepAliveInterval = KeepAlive });
        return new CommandStream(socket, serving);
    }

    private static async Task ServeAsync(IConnectionHandler connection, Stream client)
    {
        await using (connection)
        await using (client)
            await connection.RunAsync(client, CancellationToken.None); // ends with the client's end
    }
}
