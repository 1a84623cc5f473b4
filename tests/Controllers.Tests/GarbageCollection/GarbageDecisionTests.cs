using k8s.Models;

namespace Slipway.Controllers.Tests.GarbageCollection;

public sealed class GarbageDecisionTests
{
    [Theory]
    // owners' states by letter: Solid, Dangling, Waiting; dependents: normal or f for one that waits itself
    [InlineData("", "", "", "Keep")]
    [InlineData("S", "", "", "Keep")]
    [InlineData("SS", "", "n", "Keep")]
    [InlineData("D", "", "", "Delete Background")]
    [InlineData("DD", "", "n", "Delete Background")]
    [InlineData("D", "orphan", "n", "Delete Orphan")]
    [InlineData("D", "foregroundDeletion", "n", "Delete Foreground")]
    [InlineData("SD", "", "", "Release o1")]
    [InlineData("DSW", "", "", "Release o0,o2")]
    [InlineData("W", "", "", "Delete Background")]
    [InlineData("W", "", "n", "Delete Foreground")]
    [InlineData("W", "", "nf", "Delete Foreground unblock")]
    [InlineData("DW", "", "n", "Delete Foreground")]
    public void What_becomes_of_an_object_follows_from_its_owners(string owners, string finalizer, string dependents, string decision)
    {
        var references = owners.Select((state, i) => (
            new V1OwnerReference { ApiVersion = "v1", Kind = "Pod", Name = $"o{i}", Uid = $"o{i}" },
            state switch { 'S' => OwnerState.Solid, 'D' => OwnerState.Dangling, _ => OwnerState.WaitsForDependents })).ToList();
        var result = GarbageDecision.For(
            Object("item", finalizer),
            references,
            [.. dependents.Select((kind, i) => Object($"d{i}", kind == 'f' ? "foregroundDeletion" : "", isBeingDeleted: kind == 'f'))]);
        Assert.Equal(decision, result switch
        {
            GarbageDecision.Keep => "Keep",
            GarbageDecision.Release release => $"Release {string.Join(',', release.Owners)}",
            GarbageDecision.Delete delete => $"Delete {delete.Policy}{(delete.Unblock ? " unblock" : "")}",
            _ => "?",
        });
    }

    private static GraphObject Object(string uid, string finalizer, bool isBeingDeleted = false) => new()
    {
        Resource = OwnedObject.ResourceOf(new("", "v1", "pods", "Pod", Namespaced: true, [])),
        Key = new("a", uid),
        Uid = uid,
        ResourceVersion = "1",
        Owners = [],
        Finalizers = finalizer.Length == 0 ? [] : [finalizer],
        IsBeingDeleted = isBeingDeleted,
    };
}
