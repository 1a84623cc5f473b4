using System.Net;
using System.Net.Sockets;

namespace EndToEnd.Tests;

/// <summary>A registry on loopback that answers every request with 403.</summary>
internal sealed class RefusingRegistry : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly Task serving;
    private int requests;

    private RefusingRegistry(int port)
    {
        Address = $"localhost:{port}";
        listener.Prefixes.Add($"http://localhost:{port}/");
        listener.Start();
        serving = ServeAsync();
    }

    /// <summary>Host and port, as an image's name starts.</summary>
    public string Address { get; }

    public int Requests => requests;

    public static RefusingRegistry Start()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        return new RefusingRegistry(port);
    }

    public async ValueTask DisposeAsync()
    {
        listener.Close();   // not stopped before: what is closed then listens once more, at a port that another may have by now
        await serving;
    }

    private async Task ServeAsync()
    {
        while (listener.IsListening)
        {
            try
            {
                var context = await listener.GetContextAsync();
                Interlocked.Increment(ref requests);
                context.Response.StatusCode = 403;
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;   // stopped
            }
        }
    }
}
