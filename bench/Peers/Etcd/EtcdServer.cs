using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Bench.Peers.Etcd;

/// <summary>An etcd of its own on loopback, with etcd's defaults (but room for a large
/// store): each write is synchronised to the disk before its answer.</summary>
public sealed class EtcdServer : IAsyncDisposable
{
    private readonly Process _process;

    private EtcdServer(Process process, Uri address) => (_process, Address) = (process, address);

    /// <summary>Where it serves its clients: HTTP/2, with TLS where that was asked for.</summary>
    public Uri Address { get; }

    /// <summary>Starts the installed <c>etcd</c> with an empty data directory, and waits until it serves.</summary>
    /// <param name="dataDirectory">Where it keeps its data.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="tls">Whether it serves its clients over TLS, as below a Kubernetes, with a certificate that it makes itself.</param>
    public static async Task<EtcdServer> StartAsync(string dataDirectory, CancellationToken cancellation, bool tls = false)
    {
        var (clients, peers) = (FreeAddress(tls ? "https" : "http"), FreeAddress("http"));
        var process = Start([
            "--name", "bench",
            "--data-dir", dataDirectory,
            "--listen-client-urls", clients,
            "--advertise-client-urls", clients,
            "--listen-peer-urls", peers,
            "--initial-advertise-peer-urls", peers,
            "--initial-cluster", $"bench={peers}",
            "--quota-backend-bytes", "8589934592",
            "--logger", "zap",
            "--log-level", "error",
            .. tls ? new[] { "--auto-tls" } : [],
        ]);
        var server = new EtcdServer(process, new Uri(clients));
        try
        {
            using var client = new EtcdClient(server.Address);
            await client.WaitUntilServingAsync(TimeSpan.FromSeconds(30), cancellation);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Its process id.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Ends the process.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static Process Start(string[] arguments)
    {
        try
        {
            var process = Process.Start(new ProcessStartInfo("etcd", arguments) { RedirectStandardError = true })!;
            process.ErrorDataReceived += (_, _) => { }; // what it says at this level is noise; reading keeps it from blocking
            process.BeginErrorReadLine();
            return process;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException("etcd is not installed; run: apt-get install etcd-server", e);
        }
    }

    private static string FreeAddress(string scheme)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"{scheme}://{listener.LocalEndpoint}";
    }
}
