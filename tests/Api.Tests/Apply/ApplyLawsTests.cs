using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api.Apply;
using Slipway.Api.Schemas;

namespace Slipway.Api.Tests.Apply;

/// <summary>Laws that hold for all documents, tried on random ones. A failure names its seed.</summary>
public sealed class ApplyLawsTests
{
    private const int Rounds = 300;
    private static readonly Schema Schema = Documents.Schema;
    private static readonly string[] Managers = ["a", "b", "c"];

    [Fact]
    public void Applying_twice_is_applying_once() => Each((random, what) =>
    {
        var (document, owners) = History(random);
        var configuration = Documents.Any(random);
        var once = Apply("a", document, configuration, owners);
        var twice = Documents.Apply(Documents.Manager("a", 50), Schema, once.Document, configuration, once.Owners, force: false);
        Assert.True(twice.SameOwners, what);
        Assert.True(JsonNode.DeepEquals(once.Document, twice.Document), what);
        Assert.Equal(Json.Text(once.Owners.ToJson()), Json.Text(twice.Owners.ToJson()));
    });

    [Fact]
    public void No_field_is_ever_without_an_owner() => Each((random, what) =>
    {
        var (document, owners) = History(random);
        foreach (var leaf in Documents.Leaves(document))
            Assert.True(owners.Entries.Any(e => e.Fields.Has(leaf)), $"{what}: nobody owns {string.Join('/', leaf)} of {Json.Text(document)}: {Json.Text(owners.ToJson())}");
        foreach (var entry in owners.Entries)
            Assert.True(entry.Fields.Difference(Comparison.Between(Schema, [], document).Added).IsEmpty, $"{what}: {entry.Manager} owns what is not there: {entry.Fields} in {Json.Text(document)}");
    });

    [Fact]
    public void After_an_apply_the_object_has_what_was_applied_and_the_applier_owns_it() => Each((random, what) =>
    {
        var (document, owners) = History(random);
        var configuration = Documents.Any(random);
        var applied = Apply("a", document, configuration, owners);
        var own = applied.Owners.Entries.Single(e => e is { Manager: "a", IsApplied: true }).Fields;
        Assert.True(own.SetEquals(FieldScope.Everything.Filter(DocumentFields.Of(Schema, configuration))), what);
        var merged = ConfigurationMerge.Merge(Schema, applied.Document, configuration);
        Assert.True(Comparison.Between(Schema, applied.Document, merged).IsSame, $"{what}: {Json.Text(applied.Document)} lacks some of {Json.Text(configuration)}");
    });

    [Fact]
    public void Force_leaves_no_other_owner_of_what_it_changes() => Each((random, what) =>
    {
        var (document, owners) = History(random);
        var applied = Apply("new", document, Documents.Any(random), owners);
        var changed = Comparison.Between(Schema, document, applied.Document).Modified;
        Assert.All(applied.Owners.Entries, e => Assert.True(e.Manager == "new" || e.Fields.Intersection(changed).IsEmpty, what));
    });

    [Fact]
    public void An_apply_conflicts_exactly_when_it_changes_what_others_own() => Each((random, what) =>
    {
        var (document, owners) = History(random);
        var configuration = Documents.Any(random);
        var merged = ConfigurationMerge.Merge(Schema, document, configuration);
        var change = Comparison.Between(Schema, document, merged);
        var others = owners.Entries.Aggregate(FieldSet.Empty, (all, e) => all.Union(e.Fields));
        var conflicts = !change.Modified.Union(change.Added).Intersection(others).IsEmpty;
        var refusal = Record.Exception(() => Documents.Apply(Documents.Manager("new", 50), Schema, document, configuration, owners, force: false));
        Assert.True(conflicts == refusal is ApiException { Code: 409 }, $"{what}: {refusal?.Message}");
    });

    [Fact]
    public void Applying_nothing_removes_exactly_what_nobody_else_owns() => Each((random, what) =>
    {
        var (before, owners) = History(random);
        var mine = Apply("mine", before, Documents.Any(random), owners);
        var after = Apply("mine", mine.Document, Json.Of("{apiVersion: example.com/v1, kind: Thing, metadata: {name: x}}"), mine.Owners);
        var left = Documents.Leaves(after.Document).Select(l => string.Join('/', l)).ToHashSet();
        foreach (var leaf in Documents.Leaves(mine.Document))
        {
            var isMine = mine.Owners.Entries.Any(e => e.Manager == "mine" && e.Fields.Has(leaf));
            var isAnothers = mine.Owners.Entries.Any(e => e.Manager != "mine" && e.Fields.Has(leaf));
            if (isMine && !isAnothers && !IsKey(leaf)) Assert.False(left.Contains(string.Join('/', leaf)), $"{what}: {string.Join('/', leaf)} is left");
            if (isAnothers) Assert.True(left.Contains(string.Join('/', leaf)), $"{what}: {string.Join('/', leaf)} is gone from {Json.Text(after.Document)}");
        }

        // The key of an item stays as long as anything of the item does.
        static bool IsKey(string[] leaf) => leaf[^1] is "f:key" or "f:port" or "f:protocol";
    });

    [Fact]
    public void The_one_pass_of_a_create_gives_what_a_comparison_with_nothing_gives() => Each((random, what) =>
    {
        var document = Documents.Any(random);
        using var writer = new FieldsWriter();
        CreatedFields.Write(writer, Schema, document, FieldScope.Everything);
        var compared = FieldScope.Everything.Filter(Comparison.Between(Schema, [], document).Added);
        Assert.True(compared.ToString() == Encoding.UTF8.GetString(writer.Written), $"{what}\n{compared}\n{Encoding.UTF8.GetString(writer.Written)}");
    });

    [Fact]
    public void Sets_survive_being_written_and_read() => Each((random, what) =>
    {
        var set = Comparison.Between(Schema, [], Documents.Any(random)).Added;
        var read = Documents.Set(set.ToString());
        Assert.True(set.SetEquals(read), what);
        Assert.Equal(set.ToString(), read.ToString());
    });

    [Fact]
    public void Sets_obey_the_laws_of_sets() => Each((random, what) =>
    {
        var (a, b) = (DocumentFields.Of(Schema, Documents.Any(random)), DocumentFields.Of(Schema, Documents.Any(random)));
        Assert.True(a.Union(b).SetEquals(b.Union(a)), what);
        Assert.True(a.Intersection(b).SetEquals(b.Intersection(a)), what);
        Assert.True(a.Difference(b).Union(a.Intersection(b)).SetEquals(a), what);
        Assert.True(a.Difference(b).Intersection(b).IsEmpty, what);
    });

    // An object after some writes of several managers, and its owners.
    private static (JsonObject Document, ManagedFields Owners) History(Random random)
    {
        var document = Documents.Any(random);
        var owners = ManagedFields.Read(Encoding.UTF8.GetBytes(FieldOwnership.OfCreation(Documents.Manager("creator"), Schema, document)?.ToJsonString() ?? "[]"))!;
        for (var i = random.Next(5); i > 0; i--)
        {
            var manager = Managers[random.Next(Managers.Length)];
            if (random.Next(2) == 0)
            {
                var applied = Apply(manager, document, Documents.Any(random), owners);
                (document, owners) = (applied.Document, applied.Owners);
            }
            else
            {
                var updated = Documents.Any(random);
                owners = Documents.AfterUpdate(Documents.Manager(manager, i), Schema, document, updated, () => owners) ?? owners;
                document = updated;
            }
        }
        return (document, owners);
    }

    private static Applied Apply(string manager, JsonObject live, JsonObject configuration, ManagedFields owners) =>
        Documents.Apply(Documents.Manager(manager, 30), Schema, live, configuration, owners, force: true);

    private static void Each(Action<Random, string> law)
    {
        for (var seed = 1; seed <= Rounds; seed++) law(new Random(seed), $"seed {seed}");
    }
}
