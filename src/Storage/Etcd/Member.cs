using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Slipway.Storage.Etcd.Wire;

namespace Slipway.Storage.Etcd;

/// <summary>One member of an etcd, and the connection to it, which is opened by the first call and again when it was lost.</summary>
internal sealed class Member : IDisposable
{
    /// <summary>A peer that vanished without a word is noticed after the sum of both. etcd closes what asks more often than every 5 s.</summary>
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(10), PingTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly GrpcChannel _channel;

    private Member(Uri address, SocketsHttpHandler handler)
    {
        Address = address;
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = null, // what etcd took in, it may give out: a page of large values
            MaxSendMessageSize = null,
        });
        Keys = new KV.KVClient(_channel);
        Watches = new Watch.WatchClient(_channel);
        Maintenance = new Maintenance.MaintenanceClient(_channel);
    }

    public Uri Address { get; }

    public KV.KVClient Keys { get; }

    public Watch.WatchClient Watches { get; }

    public Maintenance.MaintenanceClient Maintenance { get; }

    /// <summary>Makes the members that the options name; nothing is opened yet but the files.</summary>
    /// <exception cref="StoreUnusableException">A file is missing or is not what it should be.</exception>
    public static Member[] All(EtcdOptions options)
    {
        if (options.CertificateFile is null != options.KeyFile is null)
            throw new StoreUnusableException("a client certificate for etcd needs both its file and its key's file");
        var authorities = options.AuthorityFile is { } file ? Read(file, () =>
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(file);
            return certificates.Count > 0 ? certificates : throw new CryptographicException("there is no certificate in it");
        }) : null;
        if (options.CertificateFile is not null)
            ReadOwn(options).Dispose();
        return [.. options.Endpoints.Select(endpoint => new Member(endpoint, Handler(options, authorities)))];
    }

    public void Dispose() => _channel.Dispose();

    private static SocketsHttpHandler Handler(EtcdOptions options, X509Certificate2Collection? authorities)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = ConnectAsync, // without one, gRPC's balancer holds back from a member that had been gone
            ConnectTimeout = ConnectTimeout,
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingTimeout,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            EnableMultipleHttp2Connections = true,
        };
        var tls = handler.SslOptions;
        tls.EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        if (authorities is not null)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }
        if (options.CertificateFile is not null)
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => ReadOwn(options);
        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static X509Certificate2 ReadOwn(EtcdOptions options) =>
        Read(options.CertificateFile!, () => X509Certificate2.CreateFromPemFile(options.CertificateFile!, options.KeyFile));

    private static T Read<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new StoreUnusableException($"the certificate {file} for etcd cannot be read: {e.Message}", e);
        }
    }
}
