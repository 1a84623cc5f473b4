using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api.Apply;
using Slipway.Api.Tests.Documents;

namespace Slipway.Api.Tests.Apply;

/// <summary>The laws of server-side apply on random documents of every kind. A failure names its seed and kind.</summary>
public sealed class KindApplyLawsTests
{
    [Fact]
    public void Applying_twice_is_once_and_what_was_applied_is_there_and_owned() => Each((type, live, configuration, owners, what) =>
    {
        var once = Documents.Apply(Manager("a", type), type.Schema, live, configuration, owners, force: true);
        var twice = Documents.Apply(Manager("a", type), type.Schema, once.Document, configuration, once.Owners, force: false);
        Assert.True(twice.SameOwners && JsonNode.DeepEquals(once.Document, twice.Document), $"{what}: {once.Document.ToJsonString()}\n{twice.Document.ToJsonString()}");
        var own = once.Owners.Entries.SingleOrDefault(e => e is { Manager: "a", IsApplied: true })?.Fields ?? FieldSet.Empty;
        Assert.True(own.SetEquals(FieldScope.Everything.Filter(DocumentFields.Of(type.Schema, configuration))), $"{what}: {own}");
        var merged = ConfigurationMerge.Merge(type.Schema, once.Document, configuration);
        Assert.True(Comparison.Between(type.Schema, once.Document, merged).IsSame, $"{what}: {once.Document.ToJsonString()} lacks some of {configuration.ToJsonString()}");
    });

    [Fact]
    public void Every_field_is_owned_by_somebody_before_and_after() => Each((type, live, configuration, owners, what) =>
    {
        var applied = Documents.Apply(Manager("a", type), type.Schema, live, configuration, owners, force: true);
        var owned = applied.Owners.Entries.Aggregate(FieldSet.Empty, (all, e) => all.Union(e.Fields));
        var there = FieldScope.Everything.Filter(Comparison.Between(type.Schema, [], applied.Document).Added);
        Assert.True(Unowned(there, owned) is not { } path, $"{what}: nobody owns {Unowned(there, owned)}");
    });

    // A field that holds others may be nobody's, as long as those are somebody's.
    private static string? Unowned(FieldSet there, FieldSet owned) => there.Entries.Select(e => e.Value.Below is { } below
        ? Unowned(below, owned[e.Key].Below ?? FieldSet.Empty) is { } path ? $"{e.Key}/{path}" : null
        : owned[e.Key].IsMember ? null : e.Key).FirstOrDefault(path => path is not null);

    [Fact]
    public void What_was_applied_and_is_applied_no_more_is_gone_and_nothing_else() => Each((type, live, configuration, owners, what) =>
    {
        var applied = Documents.Apply(Manager("a", type), type.Schema, live, configuration, owners, force: false);
        var empty = new JsonObject { ["apiVersion"] = type.ApiVersion, ["kind"] = type.Kind };
        var after = Documents.Apply(Manager("a", type), type.Schema, applied.Document, empty, applied.Owners, force: false);
        // What the creator has said is left as it was.
        Assert.True(Comparison.Between(type.Schema, live, ConfigurationMerge.Merge(type.Schema, live, after.Document)).IsSame, $"{what}: {live.ToJsonString()}\n{after.Document.ToJsonString()}");
    }, isShared: true);

    private static void Each(Action<ResourceType, JsonObject, JsonObject, ManagedFields, string> law, bool isShared = false) => KindDocuments.Each(4, (random, type, what) =>
    {
        var (live, configuration) = (Plain(KindDocuments.Any(random, type)), Plain(KindDocuments.Any(random, type)));
        // Where nobody may be forced, the two managers speak of different parts.
        if (isShared)
            foreach (var (name, _) in live) if (name is not ("apiVersion" or "kind" or "metadata")) configuration.Remove(name);
        var owners = ManagedFields.Read(Encoding.UTF8.GetBytes(FieldOwnership.OfCreation(Manager("creator", type), type.Schema, live)?.ToJsonString() ?? "[]"))!;
        law(type, live, configuration, owners, what);
    });

    // What the server keeps to itself is no part of what managers own.
    private static JsonObject Plain(JsonObject document)
    {
        document["metadata"] = new JsonObject { ["name"] = "x" };
        return document;
    }

    private static FieldManager Manager(string name, ResourceType type) =>
        new(name, type.ApiVersion, "", FieldScope.Everything, new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
}
