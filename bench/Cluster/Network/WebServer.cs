using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Slipway.Bench.Cluster.Network;

/// <summary>A server of this process that answers every request with 1 KB: what stands behind services and proxies.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private static readonly byte[] Body = new byte[1024];

    private readonly WebApplication host;

    private WebServer(WebApplication host) => this.host = host;

    /// <summary>Listens.</summary>
    public static async Task<WebServer> StartAsync(IPEndPoint address)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(address, listen => listen.Protocols = HttpProtocols.Http1));
        var host = builder.Build();
        host.Run(static context =>
        {
            context.Response.ContentLength = Body.Length;
            return context.Response.Body.WriteAsync(Body).AsTask();
        });
        await host.StartAsync();
        return new(host);
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();
}
