using Slipway.Api;

namespace Slipway.Scheduler.Tests.Decision;

public sealed class PodStorageTests
{
    private const string Conflict = "node(s) didn't match PersistentVolume's node affinity", NoVolume = "node(s) didn't find available persistent volumes to bind";

    private static readonly NodeInfo[] Nodes = [Make.Node("n1", labels: "\"zone\":\"a\""), Make.Node("n2", labels: "\"zone\":\"b\"")];

    [Theory]
    // claims of the pod, volumes, where it fits or why nowhere
    [InlineData("", "", "n1 n2")]
    [InlineData("data volume=a bound", "a zone=a", "n1")]
    [InlineData("data volume=a bound", "a", "n1 n2")]
    [InlineData("data volume=a bound; more volume=b bound", "a zone=a; b zone=b", "")]
    [InlineData("data class=late", "", "n1 n2")]
    [InlineData("data class=late node=n2", "", "n2")]
    [InlineData("data class=late node=gone", "", "n1 n2")]
    [InlineData("data class=zoned", "", "n2")]
    [InlineData("data class=static", "a class=static zone=a", "n1")]
    [InlineData("data class=static size=2", "a class=static zone=a; b class=static size=2", "n1 n2")]
    [InlineData("data class=static", "a class=static phase=Released", "")]
    [InlineData("data class=static", "a class=static for=other", "")]
    [InlineData("data class=static", "a class=static for=data zone=b", "n2")]
    [InlineData("one class=static; two class=static", "a class=static zone=a; b class=static zone=a; c class=static zone=b", "n1")]
    [InlineData("one class=static; two class=static", "a class=static", "")]
    [InlineData("data volume=a bound once", "a", "n1 n2")]
    [InlineData("data volume=a bound once used", "a", "")]
    [InlineData("data volume=a bound", "", "")]
    public void A_pod_fits_where_its_storage_is_or_can_be(string claims, string volumes, string expected)
    {
        var storage = Of(claims, volumes);
        Assert.Null(storage?.Blocker);
        Assert.Equal(expected, string.Join(' ', Nodes.Where(node => storage?.Between(node) is null).Select(node => node.Name)));
    }

    [Theory]
    [InlineData("missing", "persistentvolumeclaim \"missing\" not found")]
    [InlineData("data", "pod has unbound immediate PersistentVolumeClaims")]
    [InlineData("data class=now", "pod has unbound immediate PersistentVolumeClaims")]
    [InlineData("data class=late volume=a", "pod has unbound immediate PersistentVolumeClaims")]
    [InlineData("data class=late x", "persistentvolumeclaim \"data\" is being deleted")]
    [InlineData("data volume=a bound lost", "persistentvolumeclaim \"data\" bound to non-existent persistentvolume \"a\"")]
    public void A_pod_fits_nowhere_while_its_claims_are_not_ready(string claims, string expected)
    {
        var placement = Placement.For(Pod(claims), Snapshot.Of(Nodes, Make.NoNamespaces), needs: PodNeeds.Of(Of(claims, ""), null));
        Assert.StartsWith($"0/2 nodes are available: {expected}. ", placement.Message);
    }

    [Theory]
    [InlineData("data volume=a bound", "a zone=c", Conflict)]
    [InlineData("data class=static", "", NoVolume)]
    [InlineData("data volume=a bound once used", "a", "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode")]
    [InlineData("data volume=a bound", "", "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)")]
    public void Why_nodes_are_out_of_the_question_is_told_and_nobody_is_preempted(string claims, string volumes, string expected)
    {
        var storage = Of(claims, volumes);
        Assert.StartsWith($"0/2 nodes are available: 2 {expected}. ", Placement.For(Pod(claims), Snapshot.Of(Nodes, Make.NoNamespaces), needs: new(storage, null)).Message);
        var full = Array.ConvertAll(Nodes, node => node.Plus(Make.Asking("\"cpu\":\"2\"", "low", ",\"priority\":-1")));
        Assert.Null(Preemption.For(Pod(claims), Snapshot.Of(full, Make.NoNamespaces), [], needs: new(storage, null)));
    }

    [Theory]
    [InlineData("one class=static size=3; two class=static", "a class=static size=3; b class=static size=1; c class=static size=2", "one=a two=b")]
    [InlineData("one class=static size=3; two class=static", "a class=static size=3; b class=static size=4", "one=b two=a")]
    [InlineData("one class=late; two class=static", "a class=static", "two=a one=?")]
    [InlineData("one class=late", "a class=late size=9", "one=a")]
    [InlineData("one class=late", "a class=late size=9 for=other", "one=?")]
    [InlineData("one class=late node=n1", "a class=late", "one=?")]
    [InlineData("one volume=a bound", "a", "")]
    public void The_smallest_volumes_are_taken_and_others_provided(string claims, string volumes, string expected)
    {
        var choice = Of(claims, volumes)!.ChoiceOn(Nodes[0])!;
        var told = choice.Bind.Select(pair => $"{pair.Claim.Metadata.Name}={pair.Volume.Name}").Concat(choice.Provide.Select(claim => $"{claim.Metadata.Name}=?"));
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), told.Order());
    }

    [Fact]
    public void What_is_promised_to_one_pod_is_not_given_to_another()
    {
        var state = State("one class=static; two class=static; shared class=late", "a class=static; b class=static zone=a");
        var first = Storage(state, "one");
        var choice = first.ChoiceOn(Nodes[1])!;
        Assert.Equal("a", choice.Bind[0].Volume.Name);
        state.Await(new(new(Make.PodView("{}", "first")), "n2", choice with { Claims = [.. choice.Claims, new("a", "shared")] }));
        Assert.Null(Storage(state, "two").ChoiceOn(Nodes[1]));
        Assert.Equal("b", Storage(state, "two").ChoiceOn(Nodes[0])!.Bind[0].Volume.Name);
        // Who shares a claim goes where it has been promised.
        Assert.Null(Storage(state, "shared").ChoiceOn(Nodes[0]));
        Assert.Equal([new ObjectKey("a", "shared")], Storage(state, "shared").ChoiceOn(Nodes[1])!.Claims);
        Assert.True(state.Abandon(new ObjectKey("a", "first")));
        Assert.NotNull(Storage(state, "two").ChoiceOn(Nodes[1]));
    }

    [Theory]
    // claims, volumes, the claims of the pods of a gang that needs all of them, where they go
    [InlineData("data volume=a bound once", "a", "data|data", "")]
    [InlineData("data volume=a bound", "a", "data|data", "n1 n2")]
    [InlineData("data class=late", "", "data|data", "n1 n1")]
    [InlineData("one class=static; two class=static", "a class=static", "one|two", "")]
    [InlineData("one class=static; two class=static", "a class=static zone=a; b class=static zone=b", "one|two", "n1 n2")]
    public void What_one_pod_of_a_gang_takes_another_does_not_find(string claims, string volumes, string gang, string expected)
    {
        var state = State(claims, volumes);
        state.Heed();
        PodDemand[] pods = [.. gang.Split('|').Select((claim, i) => Pod(claim, $"p{i}"))];
        var trial = new GangClaims(state, new DeviceState(), DateTime.UnixEpoch, name => Array.Find(Nodes, node => node.Name == name), (_, _) => false);
        var placement = GangPlacement.For("g", pods, pods.Length, Snapshot.Of(Nodes, Make.NoNamespaces), [], claims: trial);
        Assert.Equal(expected, string.Join(' ', placement.Placed.Select(pair => pair.Node).Order()));
        // What was tried is put back, and tells nobody to try again.
        Assert.False(state.HasChanged);
        Assert.All(Split(claims), words => Assert.Null(state.PromisedNode(new("a", words[0]))));
        Assert.All(Split(volumes), words => Assert.Equal(State(claims, volumes).Smallest(Claim(words).Terms, Nodes[0], _ => true)?.Name, state.Smallest(Claim(words).Terms, Nodes[0], _ => true)?.Name));
    }

    [Theory]
    [InlineData("one class=static", "a class=static", true)]
    [InlineData("one class=late", "", false)]
    public void A_volume_that_is_no_longer_promised_concerns_all_that_have_claims(string claims, string volumes, bool expected)
    {
        var state = State(claims, volumes);
        var awaited = new AwaitedStorage(new(Make.PodView("{}", "first")), "n1", Storage(state, "one").ChoiceOn(Nodes[0])!);
        foreach (var abandon in new Func<bool>[] { () => state.Abandon(awaited), () => state.Abandon(Make.Key("first")) })
        {
            state.Await(awaited);
            state.Heed();
            Assert.True(abandon());
            Assert.Equal((expected, false), (state.HasChangedFor(Pod("other")), state.HasChangedFor(Pod(""))));
            state.Heed();
            Assert.False(abandon());
            Assert.False(state.HasChanged);
        }
    }

    [Fact]
    public void A_change_of_a_claim_concerns_its_pods_and_one_of_volumes_all_that_have_claims()
    {
        var state = State("data class=late", "");
        state.Heed();
        Assert.False(state.HasChanged);
        state.SetClaim(new("a", "data"), null);
        Assert.True(state.HasChanged);
        Assert.Equal((true, false, false), (state.HasChangedFor(Pod("data")), state.HasChangedFor(Pod("other")), state.HasChangedFor(Pod(""))));
        state.SetVolume("pv", null);
        Assert.Equal((true, false), (state.HasChangedFor(Pod("other")), state.HasChangedFor(Pod(""))));
    }

    private static PodStorage? Of(string claims, string volumes) =>
        PodStorage.Of(Pod(claims), State(claims, volumes), name => Array.Find(Nodes, node => node.Name == name), _ => claims.Contains("used", StringComparison.Ordinal));

    private static PodStorage Storage(StorageState state, string claim) => PodStorage.Of(Pod(claim), state, name => Array.Find(Nodes, node => node.Name == name), _ => false)!;

    private static PodDemand Pod(string claims, string name = "pod") => Make.Pod(
        $$"""{"volumes":[{{string.Join(',', Split(claims).Select((words, i) => $$$"""{"name":"v{{{i}}}","persistentVolumeClaim":{"claimName":"{{{words[0]}}}"} }"""))}}]}""", name);

    private static StorageState State(string claims, string volumes)
    {
        var state = new StorageState();
        state.SetClass("now", new() { Provisioner = "x", VolumeBindingMode = "Immediate" });
        state.SetClass("late", new() { Provisioner = "x", VolumeBindingMode = "WaitForFirstConsumer" });
        state.SetClass("static", new() { Provisioner = "kubernetes.io/no-provisioner", VolumeBindingMode = "WaitForFirstConsumer" });
        state.SetClass("zoned", new() { Provisioner = "x", VolumeBindingMode = "WaitForFirstConsumer", AllowedTopologies = [new() { MatchLabelExpressions = [new() { Key = "zone", Values = ["b"] }] }] });
        foreach (var words in Split(claims).Where(words => words[0] != "missing"))
            state.SetClaim(new("a", words[0]), Claim(words));
        foreach (var words in Split(volumes))
            state.SetVolume(words[0], Volume(words));
        return state;
    }

    private static ClaimView Claim(string[] words)
    {
        var annotations = new Dictionary<string, string>();
        if (words.Contains("bound")) annotations["pv.kubernetes.io/bind-completed"] = "yes";
        if (Value(words, "node") is { } node) annotations[ClaimView.SelectedNodeAnnotation] = node;
        return new()
        {
            Metadata = new() { Name = words[0], NamespaceProperty = "a", Uid = $"u-{words[0]}", Annotations = annotations, DeletionTimestamp = words.Contains("x") ? DateTime.UnixEpoch : null },
            Spec = new()
            {
                AccessModes = [words.Contains("once") ? "ReadWriteOncePod" : "ReadWriteOnce"],
                StorageClassName = Value(words, "class"),
                VolumeName = Value(words, "volume"),
                Resources = new() { Requests = new() { ["storage"] = Value(words, "size") ?? "1" } },
            },
            Status = new() { Phase = words.Contains("lost") ? "Lost" : "Pending" },
        };
    }

    private static VolumeView Volume(string[] words) => new()
    {
        Metadata = new() { Name = words[0] },
        Spec = new()
        {
            Capacity = new() { ["storage"] = Value(words, "size") ?? "1" },
            AccessModes = ["ReadWriteOnce"],
            StorageClassName = Value(words, "class"),
            ClaimRef = Value(words, "for") is { } claim ? new() { Namespace = "a", Name = claim } : null,
            NodeAffinity = Value(words, "zone") is { } zone
                ? new() { Required = new() { NodeSelectorTerms = [new() { MatchExpressions = [new() { Key = "zone", Operator = "In", Values = [zone] }] }] } } : null,
        },
        Status = new() { Phase = Value(words, "phase") ?? "Available" },
    };

    private static string? Value(string[] words, string name) => Array.Find(words, word => word.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

    private static IEnumerable<string[]> Split(string text) =>
        text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(item => item.Split(' '));
}
