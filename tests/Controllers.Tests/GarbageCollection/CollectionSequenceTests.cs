using System.Text.Json.Nodes;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Controllers.Tests.GarbageCollection;

/// <summary>
/// Random trees of objects of several kinds whose roots are deleted by each policy, while the collector is stopped at any moment and its
/// watches are late: what goes and what stays is known beforehand, and an owner that waits for its dependents goes after those that the
/// watches have shown.
/// </summary>
public sealed class CollectionSequenceTests(ITestOutputHelper output) : ControllersTest
{
    private const int Trees = 12;
    private static readonly (string Plural, string Kind)[] Resources = [("configmaps", "ConfigMap"), ("secrets", "Secret"), ("serviceaccounts", "ServiceAccount")];
    private static readonly string[] Policies = ["Background", "Foreground", "Orphan"];

    private readonly Dictionary<string, Node> _nodes = [];
    private readonly Dictionary<string, long> _ends = [];

    public static IEnumerable<TheoryDataRow<int>> Seeds => Sequences.SequenceTests.Seeds;

    private protected override void Register(ControllerHost host) => GarbageCollector.Register(host);

    [Theory, MemberData(nameof(Seeds))]
    public async Task Each_tree_goes_or_stays_as_the_policy_has_it(int seed)
    {
        var random = new Random(seed);
        foreach (var (plural, kind) in Resources)
            await WatchAsync(ResourceOf(plural, kind));
        for (var tree = 0; tree < Trees; tree++)
        {
            await DisturbAsync(random);
            var policy = Policies[random.Next(Policies.Length)];
            output.WriteLine($"tree {tree} goes by {policy}");
            var late = random.Next(2) == 0 ? Resources[random.Next(Resources.Length)].Plural : null;
            if (late is not null)
                await BeLateAsync(late);
            await GrowAsync(random, tree);
            var shown = late is null && policy == "Foreground";
            if (shown)
                await ShowAllAsync();
            if (late is null)
                await DisturbAsync(random);
            await DeleteAsync(tree, policy, shown);
            var root = _nodes[$"t{tree}-root"];
            // What is late comes after the owner is gone, if it goes without.
            if (policy == "Orphan" && late is not null && late != root.Plural)
                await Cluster.WaitAsync(ResourceOf(root.Plural, root.Kind), "default", root.Name, item => item is null);
        }
        Watches.ReleaseAll();

        foreach (var (plural, kind) in Resources)
        {
            var wanted = _nodes.Values.Where(node => node.Stays && node.Plural == plural).ToDictionary(node => node.Name);
            var resource = ResourceOf(plural, kind);
            await Cluster.WhileTimePassesAsync(Cluster.WaitForAllAsync(resource, "default", items => items.Count == wanted.Count
                && items.TrueForAll(item => wanted.TryGetValue(item.Metadata.Name, out var node) && OwnersOf(item).SequenceEqual(node.OwnersLeft))), TimeSpan.FromMilliseconds(100));
        }
        await WaitForEndsAsync();
        lock (_ends)
        {
            Assert.Empty(_nodes.Values.Where(node => node.Stays && _ends.ContainsKey(node.Name)).Select(node => node.Name));
            // Those that block go before those whose deletion waits.
            foreach (var node in _nodes.Values.Where(node => node.GoesForeground))
                foreach (var below in _nodes.Values.Where(below => below.Parents is [var only] && only == node && below.Blocks))
                    Assert.True(_ends[below.Name] < _ends[node.Name], $"{node.Name} went before {below.Name}");
        }
    }

    private async Task WatchAsync(Resource<PartialObjectMetadata> resource)
    {
        var begun = new TaskCompletionSource();
        Cluster.Run(async stop =>
        {
            try
            {
                await foreach (var change in Cluster.Admin.WatchAsync(resource, "default", new() { InitialEvents = true, TimeoutSeconds = 3600 }, cancellation: stop))
                {
                    if (change.EndsInitialEvents)
                        begun.TrySetResult();
                    if (change is { Type: WatchEventType.Deleted, Object: { } gone })
                        lock (_ends)
                            _ends[gone.Metadata.Name] = long.Parse(change.ResourceVersion);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The cluster is gone.
            }
        });
        await begun.Task;
    }

    private async Task DisturbAsync(Random random)
    {
        for (var times = random.Next(3); times > 0; times--)
            if (random.Next(3) == 0)
            {
                Watches.ReleaseAll();
                await StopControllersAsync();
                StartControllers();
            }
            else if (random.Next(2) == 0)
                Watches.Hold(Resources[random.Next(Resources.Length)].Plural, metadataOnly: true);
            else
                Watches.ReleaseAll();
    }

    // The collector is at work, and then hears no more of one resource.
    private async Task BeLateAsync(string plural)
    {
        Watches.ReleaseAll();
        await ProbeAsync("configmaps", "ConfigMap");
        Watches.Hold(plural, metadataOnly: true);
    }

    // The collector knows all that there is.
    private async Task ShowAllAsync()
    {
        Watches.ReleaseAll();
        foreach (var (plural, kind) in Resources)
            await ProbeAsync(plural, kind);
    }

    // What the collector deletes its watch has shown, and all before it.
    private async Task ProbeAsync(string plural, string kind)
    {
        await Cluster.CreateAsync($"/api/v1/namespaces/default/{plural}", $$$"""{"apiVersion":"v1","kind":"{{{kind}}}","metadata":{"name":"probe","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"absent","uid":"00000000-0000-0000-0000-000000000000"}]}}""");
        await Cluster.WhileTimePassesAsync(Cluster.WaitAsync(ResourceOf(plural, kind), "default", "probe", probe => probe is null), TimeSpan.FromMilliseconds(100));
    }

    // The watches of the test may be behind, too.
    private async Task WaitForEndsAsync()
    {
        var started = Cluster.Clock.GetTimestamp();
        while (true)
        {
            string[] missing;
            lock (_ends)
                missing = [.. _nodes.Values.Where(node => !node.Stays && !_ends.ContainsKey(node.Name)).Select(node => node.Name)];
            if (missing is [])
                return;
            Assert.True(Cluster.Clock.GetElapsedTime(started) < TestCluster.Patience, $"no end was seen of {string.Join(", ", missing)}");
            await Cluster.Admin.ListAsync(Kinds.ConfigMaps, "default");
        }
    }

    // A root, some that it owns, and some that those own; a few are owned by one that stays as well.
    private async Task GrowAsync(Random random, int tree)
    {
        var keeper = await CreateAsync(random, $"t{tree}-keeper", []);
        var root = await CreateAsync(random, $"t{tree}-root", []);
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var middle = await CreateAsync(random, $"t{tree}-m{i}", random.Next(5) == 0 ? [root, keeper] : [root]);
            for (var j = random.Next(3); j > 0; j--)
                await CreateAsync(random, $"t{tree}-m{i}-l{j}", [middle]);
        }
    }

    private async Task<Node> CreateAsync(Random random, string name, Node[] parents)
    {
        var (plural, kind) = Resources[random.Next(Resources.Length)];
        var blocks = random.Next(2) == 0;
        var references = new JsonArray([.. parents.Select(parent => new JsonObject { ["apiVersion"] = "v1", ["kind"] = parent.Kind, ["name"] = parent.Name, ["uid"] = parent.Uid, ["blockOwnerDeletion"] = blocks })]);
        var created = await Cluster.CreateAsync($"/api/v1/namespaces/default/{plural}", $$"""{"apiVersion":"v1","kind":"{{kind}}","metadata":{"name":"{{name}}","ownerReferences":{{references.ToJsonString()}} } }""");
        return _nodes[name] = new(name, plural, kind, (string)created["metadata"]!["uid"]!, parents, blocks);
    }

    private async Task DeleteAsync(int tree, string policy, bool shown)
    {
        var root = _nodes[$"t{tree}-root"];
        root.Stays = false;
        root.GoesForeground = shown;
        await Cluster.Admin.SendForBodyAsync(new("DELETE", $"/api/v1/namespaces/default/{root.Plural}/{root.Name}") { Body = System.Text.Encoding.UTF8.GetBytes($$"""{"propagationPolicy":"{{policy}}"}""") });
        foreach (var node in _nodes.Values.Where(node => node.Parents.Length > 0 && node.Name.StartsWith($"t{tree}-", StringComparison.Ordinal)))
        {
            node.Stays = policy == "Orphan" || node.Parents.Any(parent => parent.Stays);
            // What is below one that waits waits as well, if it blocks and owns something.
            node.GoesForeground = !node.Stays && node.Parents is [{ GoesForeground: true }] && node.Blocks;
        }
    }

    private static Resource<PartialObjectMetadata> ResourceOf(string plural, string kind) => PartialObjectMetadata.ResourceOf("", "v1", plural, kind, namespaced: true);

    private static IEnumerable<string> OwnersOf(PartialObjectMetadata item) => (item.Metadata.OwnerReferences ?? []).Select(owner => owner.Name);

    private sealed class Node(string name, string plural, string kind, string uid, Node[] parents, bool blocks)
    {
        public string Name => name;
        public string Plural => plural;
        public string Kind => kind;
        public string Uid => uid;
        public Node[] Parents => parents;
        public bool Blocks => blocks;
        public bool Stays { get; set; } = true;
        public bool GoesForeground { get; set; }
        public IEnumerable<string> OwnersLeft => Parents.Where(parent => parent.Stays).Select(parent => parent.Name);
    }
}
