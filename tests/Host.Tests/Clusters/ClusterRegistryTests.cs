using Slipway.Cli;
using Slipway.Network;

namespace Slipway.Host.Clusters;

public sealed class ClusterRegistryTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly HashSet<int> busyPorts = [];
    private readonly List<Ipv4Range> routes = [];

    public void Dispose() => directory.Dispose();

    private ClusterRegistry Registry() =>
        new(new MachinePaths(directory["lib"], directory["run"]), _ => Task.FromResult<IReadOnlyList<Ipv4Range>>(routes), port => !busyPorts.Contains(port));

    private Task<Cluster> Create(string name, int? port = null, string? data = null) =>
        Registry().GetOrCreateAsync(name, new ClusterWishes(port, data), TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_cluster_is_the_same_when_asked_for_again()
    {
        var first = await Create("default");
        routes.Add(Ipv4Range.Parse(first.PodCidr));   // its own bridge, seen at the second start
        busyPorts.Add(first.ApiPort);
        Assert.Equal(first, await Create("default"));
        Assert.Equal(first, Registry().Find("default"));
        Assert.Equal(6443, first.ApiPort);
        Assert.Matches("^[0-9a-f]{4}$", first.Id);
    }

    [Fact]
    public async Task Two_clusters_share_nothing()
    {
        var (a, b) = (await Create("a"), await Create("b"));
        Assert.NotEqual(a.Id, b.Id);
        Assert.NotEqual(a.ApiPort, b.ApiPort);
        var ranges = new[] { a.PodCidr, a.ServiceCidr, b.PodCidr, b.ServiceCidr }.Select(Ipv4Range.Parse).ToList();
        Assert.All(ranges, r => Assert.Single(ranges, r.Overlaps));
    }

    [Fact]
    public async Task Ports_and_ranges_in_use_are_passed_over()
    {
        busyPorts.Add(6443);
        routes.Add(Ipv4Range.Parse("10.128.0.0/16"));
        var cluster = await Create("a");
        Assert.Equal(6444, cluster.ApiPort);
        Assert.Equal("10.129.0.0/20", cluster.PodCidr);
    }

    [Fact]
    public async Task A_running_cluster_tells_which_options_it_does_not_take_up()
    {
        var cluster = await Create("a") with
        {
            Store = new() { Endpoints = "https://one:2379", Prefix = "/slipway/a/" },
            Audit = new() { MaxSize = 7 },
        };
        Assert.Null(new ClusterWishes(null, null).NotAppliedTo(cluster));
        Assert.Null(new ClusterWishes(cluster.ApiPort, cluster.DataDirectory, cluster.Store, cluster.Audit).NotAppliedTo(cluster));
        Assert.Equal(
            "the running cluster \"a\" does not take up --api-port 7001 (it runs with 6443), --store https://two:2379 (it runs with https://one:2379), --store-cafile /ca.crt (it runs with the default), "
            + "--audit-log-maxsize 9 (it runs with 7), --ingress-http-port 81 (it runs with the default); stop it with \"slipway down --name a\" and give the same command again",
            new ClusterWishes(7001, null, cluster.Store with { Endpoints = "https://two:2379", CaFile = "/ca.crt" }, new() { MaxSize = 9 }, Ingress: new() { HttpPort = 81 }).NotAppliedTo(cluster));
        Assert.Contains("--store-prefix cannot move them", Assert.Throws<CommandException>(() => new ClusterWishes(null, null, cluster.Store with { Prefix = "/x/" }).NotAppliedTo(cluster)).Message);
    }

    [Fact]
    public async Task A_port_that_is_asked_for_is_recorded()
    {
        Assert.Equal(7000, (await Create("a", port: 7000)).ApiPort);
        Assert.Equal(7001, (await Create("a", port: 7001)).ApiPort);
        Assert.Equal(7001, (await Create("a")).ApiPort);
    }

    [Fact]
    public async Task Data_of_others_is_never_taken_over()
    {
        Directory.CreateDirectory(directory["mine"]);
        File.WriteAllText(directory["mine/thesis.txt"], "years of work");
        var refusal = await Assert.ThrowsAsync<CommandException>(() => Create("a", data: directory["mine"]));
        Assert.Contains("is not empty", refusal.Message);
        Assert.Null(Registry().Find("a"));
    }

    [Fact]
    public async Task Data_does_not_move()
    {
        await Create("a", data: directory["one"]);
        var refusal = await Assert.ThrowsAsync<CommandException>(() => Create("a", data: directory["two"]));
        Assert.Contains("--data-dir cannot move it", refusal.Message);
    }

    [Fact]
    public async Task A_store_is_recorded_and_may_change_its_members_but_not_move()
    {
        var etcd = new ClusterStore { Endpoints = "https://a:2379", Prefix = ClusterStore.DefaultPrefix("a"), CaFile = "/etc/etcd/ca.crt" };
        Assert.Equal(etcd, (await CreateIn("a", etcd)).Store);
        Assert.Equal(etcd, (await Create("a")).Store);
        Assert.Equal(etcd, Registry().Find("a")!.Store);
        var moved = etcd with { Endpoints = "https://b:2379", CaFile = null };
        Assert.Equal(moved, (await CreateIn("a", moved)).Store);

        Assert.Contains("--store-prefix cannot move", (await Assert.ThrowsAsync<CommandException>(() => CreateIn("a", etcd with { Prefix = "/other/" }))).Message);
        await Create("b");
        Assert.Contains("--store cannot move", (await Assert.ThrowsAsync<CommandException>(() => CreateIn("b", etcd))).Message);
    }

    [Fact]
    public async Task A_ledger_is_recorded()
    {
        await Registry().GetOrCreateAsync("a", new ClusterWishes(null, null, Ledger: "Host=one"), TestContext.Current.CancellationToken);
        Assert.Equal("Host=one", Registry().Find("a")!.Ledger);
    }

    [Fact]
    public void A_ledger_stays_in_file_or_database_and_its_database_may_be_reached_otherwise()
    {
        var inFile = new Cluster { Name = "a", Id = "0001", DataDirectory = "/data", ApiPort = 6443, PodCidr = "10.1.0.0/16", ServiceCidr = "10.2.0.0/16" };
        var inDatabase = inFile with { Ledger = "Host=one" };
        Assert.Null(new ClusterWishes(null, null).ApplyTo(inFile).Ledger);
        Assert.Equal("Host=one", new ClusterWishes(null, null).ApplyTo(inDatabase).Ledger);
        Assert.Equal("Host=two", new ClusterWishes(null, null, Ledger: "Host=two").ApplyTo(inDatabase).Ledger);
        Assert.Contains("--ledger Host=two (it runs with Host=one)", new ClusterWishes(null, null, Ledger: "Host=two").NotAppliedTo(inDatabase), StringComparison.Ordinal);
        Assert.Contains("--ledger cannot move it to PostgreSQL", Assert.Throws<CommandException>(() => new ClusterWishes(null, null, Ledger: "Host=two").ApplyTo(inFile)).Message, StringComparison.Ordinal);
    }

    private Task<Cluster> CreateIn(string name, ClusterStore store) =>
        Registry().GetOrCreateAsync(name, new ClusterWishes(null, null, store), TestContext.Current.CancellationToken);

    [Fact]
    public async Task An_audit_log_is_recorded_and_changes_where_it_is_asked_for()
    {
        Task<Cluster> Ask(ClusterAudit? wish) => Registry().GetOrCreateAsync("a", new ClusterWishes(null, null, Audit: wish), TestContext.Current.CancellationToken);
        var wish = new ClusterAudit { PolicyFile = "/etc/policy.yaml", MaxBackup = 3 };
        Assert.Equal(wish, (await Ask(wish)).Audit);
        Assert.Equal(wish, (await Ask(null)).Audit);
        Assert.Equal(wish, Registry().Find("a")!.Audit);
        Assert.Equal(wish with { LogPath = "/var/log/audit.log", MaxBackup = 5 }, (await Ask(new() { LogPath = "/var/log/audit.log", MaxBackup = 5 })).Audit);
        Assert.False((await Ask(new() { LogPath = ClusterAudit.None })).Audit!.IsOn);
        Assert.False((await Ask(new() { MaxAge = 7 })).Audit!.IsOn);
        Assert.Equal(new ClusterAudit { PolicyFile = ClusterAudit.BuiltIn, MaxBackup = 5, MaxAge = 7 }, (await Ask(new() { PolicyFile = ClusterAudit.BuiltIn })).Audit);
        Assert.True(Registry().Find("a")!.Audit!.IsOn);
    }

    [Fact]
    public async Task Removing_the_last_cluster_leaves_no_file()
    {
        await Create("a");
        await Create("b");
        Registry().Remove("a");
        Assert.Equal(["b"], Registry().List().Select(c => c.Name));
        Registry().Remove("b");
        Registry().Tidy();
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    [Fact]
    public async Task A_damaged_record_is_named()
    {
        await Create("a");
        File.WriteAllText(directory["lib/a/cluster.json"], "{");
        var refusal = Assert.Throws<CommandException>(() => Registry().Find("a"));
        Assert.Contains(directory["lib/a/cluster.json"], refusal.Message);
    }

    [Theory]
    [InlineData("default", true)]
    [InlineData("a-1", true)]
    [InlineData("", false)]
    [InlineData("A", false)]
    [InlineData("-a", false)]
    [InlineData("a-", false)]
    [InlineData("a.b", false)]
    [InlineData("a/../b", false)]
    [InlineData("a123456789a123456789a123456789a123456789", true)]
    [InlineData("a123456789a123456789a123456789a123456789a", false)]
    public void Names_are_short_dns_labels(string name, bool good) => Assert.Equal(good, ClusterName.Fault(name) is null);
}

public sealed class FileLockTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void A_lock_is_held_once_and_names_its_holder()
    {
        var path = directory["server.pid"];
        using (var held = FileLock.TryAcquire(path))
        {
            Assert.NotNull(held);
            held.WriteProcessId();
            Assert.Null(FileLock.TryAcquire(path));
            Assert.Equal(Environment.ProcessId, FileLock.Holder(path));
        }
        Assert.Null(FileLock.Holder(path));
        using var again = FileLock.TryAcquire(path);
        Assert.NotNull(again);
    }

    [Fact]
    public async Task Who_waits_for_a_removed_lock_gets_the_new_one()
    {
        var path = directory["lock"];
        var held = FileLock.Acquire(path);
        var waiting = Task.Run(() => FileLock.Acquire(path), TestContext.Current.CancellationToken);
        held.DeleteFile();
        held.Dispose();
        using var next = await waiting;
        Assert.True(File.Exists(path));
        Assert.Null(FileLock.TryAcquire(path));
    }
}
