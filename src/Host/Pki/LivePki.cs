using System.Net;
using Microsoft.Extensions.Logging;
using Slipway.ApiServer.Encryption;

namespace Slipway.Host.Pki;

/// <summary>
/// Certificates and keys of a running cluster. They are looked at every hour, and at once when a file of the directory
/// changes: what is near its end is renewed, what was replaced is used from then on, and nothing has to be restarted.
/// </summary>
internal sealed class LivePki : IDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private readonly string _directory;
    private readonly string _cluster;
    private readonly IReadOnlyList<IPAddress> _addresses;
    private readonly bool _isShared;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private volatile ClusterPki _certificates;
    private volatile EncryptionKeys _keys;
    private volatile IReadOnlyList<string> _tokenKeys;

    private LivePki(string directory, string cluster, IReadOnlyList<IPAddress> addresses, bool isShared, TimeProvider clock, ILogger log)
    {
        (_directory, _cluster, _addresses, _isShared, _clock, _log) = (directory, cluster, addresses, isShared, clock, log);
        _certificates = ClusterPki.Ensure(directory, cluster, addresses, clock.GetUtcNow());
        _keys = EncryptionKeyFiles.Ensure(directory, clock.GetUtcNow(), ages: !isShared);
        _tokenKeys = ServiceAccountKeyFiles.Ensure(directory, clock.GetUtcNow(), ages: !isShared);
    }

    /// <summary>The certificates of the moment.</summary>
    public ClusterPki Certificates => _certificates;

    /// <summary>The keys of secrets at rest of the moment.</summary>
    public EncryptionKeys EncryptionKeys => _keys;

    /// <summary>The keys of service accounts' tokens of the moment, PEM, the newest first; the same list as long as they are the same.</summary>
    public IReadOnlyList<string> TokenKeys => _tokenKeys;

    /// <summary>Reads certificates and keys, making what is missing.</summary>
    /// <param name="directory">Where they are.</param>
    /// <param name="cluster">Name of the cluster.</param>
    /// <param name="addresses">Addresses of the API server.</param>
    /// <param name="isShared">
    /// Whether several servers have the same keys, each in a directory of its own: none of them makes another one by itself, because
    /// the others could not read what it has written.
    /// </param>
    /// <param name="clock">Time of renewals.</param>
    /// <param name="log">Where renewals are told.</param>
    public static LivePki Open(string directory, string cluster, IReadOnlyList<IPAddress> addresses, bool isShared, TimeProvider clock, ILogger log) =>
        new(directory, cluster, addresses, isShared, clock, log);

    /// <summary>Renews until cancelled.</summary>
    /// <param name="reseal">Encrypts anew what an older key has encrypted; returns how much that was.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async Task RunAsync(Func<CancellationToken, Task<int>> reseal, CancellationToken cancellation)
    {
        var isSealed = false;
        var lastLook = _clock.GetUtcNow();
        var lastChange = Directory.GetLastWriteTimeUtc(_directory);
        using var timer = new PeriodicTimer(Glance, _clock);
        do
        {
            try
            {
                var (now, changed) = (_clock.GetUtcNow(), Directory.GetLastWriteTimeUtc(_directory));
                var isDue = changed != lastChange || now - lastLook >= Interval;
                if (isSealed && !isDue) continue;
                if (isDue)
                {
                    isSealed &= !Renew();
                    (lastLook, lastChange) = (now, Directory.GetLastWriteTimeUtc(_directory));
                }
                if (!isSealed)
                {
                    var count = await reseal(cancellation);
                    if (count > 0) _log.LogInformation("{Count} objects were encrypted with the key {Key}", count, _keys.All[0].Id);
                    isSealed = true;
                }
                EncryptionKeyFiles.RemoveOld(_directory, now);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                _log.LogError("certificates and keys could not be looked after, which is tried again: {Cause}", e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    /// <inheritdoc/>
    public void Dispose() => _certificates.Dispose();

    // Whether there is another key. Handshakes may still use what is replaced, so it is left to the collector.
    private bool Renew()
    {
        var certificates = ClusterPki.Ensure(_directory, _cluster, _addresses, _clock.GetUtcNow());
        if (certificates.Server.Thumbprint != _certificates.Server.Thumbprint)
            _log.LogInformation("the server's certificate is another one, valid until {End:yyyy-MM-dd}", certificates.Server.NotAfter);
        var keys = EncryptionKeyFiles.Ensure(_directory, _clock.GetUtcNow(), ages: !_isShared);
        var isOther = keys.All[0].Id != _keys.All[0].Id;
        var tokenKeys = ServiceAccountKeyFiles.Ensure(_directory, _clock.GetUtcNow(), ages: !_isShared);
        if (!tokenKeys.SequenceEqual(_tokenKeys))
        {
            _log.LogInformation("the keys of service accounts' tokens are others: {Count}, of which the newest signs", tokenKeys.Count);
            _tokenKeys = tokenKeys;
        }
        (_certificates, _keys) = (certificates, keys);
        return isOther;
    }
}
