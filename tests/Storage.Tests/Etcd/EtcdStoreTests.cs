using Slipway.Storage.Tests.Contract;
using Slipway.Testing.Etcd;

namespace Slipway.Storage.Tests.Etcd;

/// <summary>The contract over a real etcd of three members, over plain HTTP/2.</summary>
public sealed class EtcdStoreTests(ClusterFixture.Plain cluster) : EtcdContract(cluster), IClassFixture<ClusterFixture.Plain>;

/// <summary>The contract over a real etcd of three members that ask for TLS and a client certificate.</summary>
public sealed class EtcdTlsStoreTests(ClusterFixture.Tls cluster) : EtcdContract(cluster), IClassFixture<ClusterFixture.Tls>;

/// <summary>The contract over an etcd in which each test has a prefix of its own, and all share the revisions.</summary>
public abstract class EtcdContract(ClusterFixture cluster) : StoreContract
{
    // etcd takes 1.5 MiB in one request.
    protected override int LargeValue => 1_500_000;

    protected override bool SendsAhead => true;

    protected override int OneOf => 6;

    protected override async ValueTask<IStore> OpenAsync() => await cluster.Cluster.ConnectAsync($"/{Guid.NewGuid():N}/", Cancel);
}

/// <summary>An etcd for all tests of a class.</summary>
public abstract class ClusterFixture(int members, bool tls) : IAsyncLifetime
{
    public EtcdCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await EtcdCluster.StartAsync(members, tls, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Cluster.DisposeAsync();
    }

    public sealed class Plain() : ClusterFixture(3, tls: false);

    public sealed class Tls() : ClusterFixture(3, tls: true);

    public sealed class Single() : ClusterFixture(1, tls: false);
}
