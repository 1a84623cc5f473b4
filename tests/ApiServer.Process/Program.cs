using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.ApiServer;
using Slipway.ApiServer.Encryption;
using Slipway.ApiServer.Serving;
using Slipway.Storage;

// An API server over an etcd, in a process that a test can kill. It says where it serves in a line, and then serves.
// Arguments: endpoints of etcd, prefix of the keys, and PEM files: authority of the clients, certificate and key of the server.
var (endpoints, prefix, authority, certificate, key) = (args[0], args[1], args[2], args[3], args[4]);
var (clock, logs) = (TimeProvider.System, NullLoggerFactory.Instance);

await using var store = await EtcdStore.ConnectAsync(
    new EtcdOptions { Endpoints = EtcdOptions.ParseEndpoints(endpoints), Prefix = prefix }, clock, Random.Shared, logs, CancellationToken.None);
// Encrypted as in the real server, whose store is another one for it.
var keys = new EncryptionKeys([new EncryptionKey("1", new byte[32])]);
await using var api = new ApiServer(store, new ApiServerOptions { Encryption = new() { Keys = () => keys } }, clock, logs);
await api.StartAsync(CancellationToken.None);
using var own = X509Certificate2.CreateFromPemFile(certificate, key);
await using var endpoint = await api.ListenAsync(new HttpsOptions
{
    Addresses = [new IPEndPoint(IPAddress.Loopback, 0)],
    ServerCertificate = () => own,
    ClientAuthorities = () => [X509CertificateLoader.LoadCertificateFromFile(authority)],
}, CancellationToken.None);
Console.WriteLine(endpoint.Addresses[0]);
await Task.Delay(Timeout.InfiniteTimeSpan, clock);
