using Slipway.Api.Nodes;
using Slipway.Api.Volumes;

namespace Slipway.Scheduler.Tests.State;

public sealed class VolumeIndexTests
{
    private const string Host = "kubernetes.io/hostname";

    private readonly VolumeIndex _index = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_is_found_is_what_a_look_at_all_volumes_finds(int seed)
    {
        var random = new Random(seed);
        var nodes = Enumerable.Range(0, 6).Select(i => Make.Node($"n{i}", labels: $"\"{Host}\":\"n{i}\"{(i < 4 ? $",\"zone\":\"z{i % 2}\"" : "")}")).ToArray();
        var model = new SortedDictionary<string, VolumeView>(StringComparer.Ordinal);
        for (var step = 0; step < 2000; step++)
        {
            var name = $"v{random.Next(40)}";
            if (random.Next(4) == 0)
                model.Remove(name);
            else
                model[name] = Volume(name, $"c{random.Next(2)}", random.Next(1, 4), random.Next(5) == 0 ? "Released" : "Available", Affinity(random), random.Next(6) == 0 ? "mine" : null);
            _index.Set(name, model.GetValueOrDefault(name));

            var (node, needed) = (nodes[random.Next(nodes.Length)], Terms($"c{random.Next(2)}", random.Next(1, 4)));
            var refused = $"v{random.Next(40)}";
            var expected = model.Values.Where(v => v.IsFree && v.Name != refused && StorageTerms.Mismatch(v.Terms, needed) is null && NodeAffinity.IsMet(v.Spec.NodeAffinity?.Required, node))
                .OrderBy(v => v.Terms.Size).ThenBy(v => v.Name, StringComparer.Ordinal).FirstOrDefault();
            Assert.Same(expected, _index.Smallest(needed, node, volume => volume.Name != refused));
            Assert.Same(model.GetValueOrDefault(name), _index.Find(name));
            Assert.Equal(model.Values.Where(v => v.Spec.ClaimRef is not null).Select(v => v.Name),
                _index.KeptFor(new() { Metadata = new() { Name = "mine", NamespaceProperty = "a" } }).Select(offer => offer.Volume.Name).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Volumes_of_other_nodes_and_classes_and_those_too_small_are_not_looked_at()
    {
        for (var i = 0; i < 1000; i++)
        {
            _index.Set($"local{i}", Volume($"local{i}", "c", 2, "Available", On(Host, $"n{i}"), null));
            _index.Set($"small{i}", Volume($"small{i}", "c", 1, "Available", null, null));
            _index.Set($"other{i}", Volume($"other{i}", "d", 2, "Available", null, null));
        }
        var looked = new List<string>();
        Assert.Null(_index.Smallest(Terms("c", 2), Make.Node("n7", labels: $"\"{Host}\":\"n7\""), volume =>
        {
            looked.Add(volume.Name);
            return false;
        }));
        Assert.Equal(["local7"], looked);
    }

    private static StorageTerms Terms(string storageClass, int size) => new(storageClass, ["ReadWriteOnce"], null, null, Slipway.Api.Quantity.Of(size));

    private static NodeSelector? Affinity(Random random) => random.Next(6) switch
    {
        0 => null,
        1 => new() { NodeSelectorTerms = [] },
        2 => On("zone", "z0", "z1"),
        3 => new() { NodeSelectorTerms = [.. On("zone", "z0").NodeSelectorTerms!, .. On(Host, "n5").NodeSelectorTerms!] },
        4 => new() { NodeSelectorTerms = [new() { MatchExpressions = [new() { Key = "zone", Operator = "DoesNotExist" }] }] },
        _ => new() { NodeSelectorTerms = [new() { MatchExpressions = [new() { Key = "zone", Operator = "In", Values = ["z1"] }, new() { Key = Host, Operator = "In", Values = [$"n{random.Next(6)}"] }] }] },
    };

    private static NodeSelector On(string label, params string[] values) =>
        new() { NodeSelectorTerms = [new() { MatchExpressions = [new() { Key = label, Operator = "In", Values = [.. values] }] }] };

    private static VolumeView Volume(string name, string storageClass, int size, string phase, NodeSelector? affinity, string? claim) => new()
    {
        Metadata = new() { Name = name },
        Spec = new()
        {
            Capacity = new() { ["storage"] = $"{size}" },
            AccessModes = ["ReadWriteOnce"],
            StorageClassName = storageClass,
            NodeAffinity = affinity is null ? null : new() { Required = affinity },
            ClaimRef = claim is null ? null : new() { Namespace = "a", Name = claim },
        },
        Status = new() { Phase = phase },
    };
}
