using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Network;

/// <summary>
/// The certificates of the Secrets that ingresses name: a watch of each one, since the network may read no others. Each is decoded
/// once, when it changes.
/// </summary>
/// <param name="api">The API.</param>
/// <param name="changed">Called when a certificate has changed, or is known to be missing.</param>
/// <param name="clock">The clock of the watches' back-off.</param>
/// <param name="log">Where they report.</param>
internal sealed class SecretWatches(IApi api, Action changed, TimeProvider clock, ILogger log)
{
    private readonly Dictionary<ObjectKey, SecretWatch> _watches = [];

    /// <summary>Completes when it is known of all of them whether they exist; never for one that may not be read.</summary>
    public Task Known => Task.WhenAll(_watches.Values.Select(watch => watch.Known));

    /// <summary>Watches these Secrets and no others.</summary>
    public async Task SetAsync(IReadOnlySet<ObjectKey> secrets, CancellationToken cancellation)
    {
        foreach (var key in _watches.Keys.Where(key => !secrets.Contains(key)).ToList())
        {
            _watches.Remove(key, out var watch);
            await watch!.DisposeAsync();
        }
        foreach (var key in secrets)
            if (!_watches.ContainsKey(key)) _watches[key] = new(key, this, cancellation);
    }

    /// <summary>The certificate of a Secret that is watched.</summary>
    public IngressCertificate Get(ObjectKey key) => _watches[key].Certificate;

    private sealed class SecretWatch : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop;
        private readonly Task _running;
        private volatile IngressCertificate _certificate = IngressCertificate.Unknown;

        public SecretWatch(ObjectKey key, SecretWatches all, CancellationToken cancellation)
        {
            _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            (Known, _running) = all.Start(key, certificate => _certificate = certificate, _stop.Token);
        }

        public IngressCertificate Certificate => _certificate;

        public Task Known { get; }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            _stop.Dispose();
        }
    }

    private (Task Known, Task Running) Start(ObjectKey key, Action<IngressCertificate> set, CancellationToken cancellation)
    {
        var informer = new Informer<SecretView>(api, NetworkKinds.Secrets, new() { Namespace = key.Namespace, FieldSelector = $"metadata.name={key.Name}" }, clock, log);
        informer.OnChange(change => Tell(change.New));
        var running = informer.RunAsync(cancellation);
        return (KnownAsync(), running);

        async Task KnownAsync()
        {
            await informer.Synced;
            if (informer.List().Count == 0) Tell(null);
        }

        void Tell(SecretView? secret)
        {
            set(IngressCertificate.Of(key, secret));
            changed();
        }
    }
}
