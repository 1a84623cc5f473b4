using System.Text;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests.Places;

public sealed class SqlitePlacementTests : PlacementContract
{
    protected override Ledger Open() => Ledger.Open(Path.Combine(Files, "ledger.db"));

    [Fact]
    public async Task A_ledger_without_the_tables_gets_them_when_it_is_opened()
    {
        await CloseAsync();
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(Files, "ledger.db")};Pooling=False"))
        {
            connection.Open();
            await using var command = connection.CreateCommand();
            command.CommandText = "DROP TABLE placements; DROP TABLE run_stores";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await OpenAgainAsync();
        await An_artifact_is_there_when_it_has_arrived();
    }
}

public sealed class PostgresPlacementTests(PostgresFixture postgres) : PlacementContract, IClassFixture<PostgresFixture>
{
    private string database = "";

    protected override Ledger Open() => Ledger.OpenPostgres(postgres.Server.ConnectionString(database));

    public override async ValueTask InitializeAsync()
    {
        database = await postgres.Server.CreateDatabaseAsync(TestContext.Current.CancellationToken);
        await base.InitializeAsync();
    }
}

/// <summary>What the ledger knows of declared stores, in whatever database.</summary>
public abstract class PlacementContract : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly StoreLocation Team = new("default", "team", "bucket/");

    private Ledger ledger = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>For files of the test.</summary>
    protected string Files { get; } = Directory.CreateTempSubdirectory("slipway-placements-").FullName;

    private PlacementTable Placements => ledger.Placements;

    /// <summary>Opens the ledger of the test, which is empty at first.</summary>
    protected abstract Ledger Open();

    public virtual async ValueTask InitializeAsync() => await OpenAgainAsync();

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Directory.Delete(Files, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected ValueTask CloseAsync() => ledger.DisposeAsync();

    protected ValueTask OpenAgainAsync()
    {
        ledger = Open();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task An_artifact_is_there_when_it_has_arrived()
    {
        var artifact = new ArtifactContent(Hash("a"), 7);
        Assert.Equal([artifact], await Placements.BeginAsync(Team, [artifact], Now, Cancellation));
        Assert.False(Placements.IsPlaced("default", "team", artifact.Sha256));
        Assert.Empty(Placements.Of(artifact.Sha256));
        Assert.Equal([artifact], await Placements.BeginAsync(Team, [artifact], Now, Cancellation)); // whoever sent it was killed

        await Placements.CompleteAsync(Team, [artifact], Now, Cancellation);
        await CloseAsync();
        await OpenAgainAsync();
        Assert.True(Placements.IsPlaced("default", "team", artifact.Sha256));
        Assert.False(Placements.IsPlaced("other", "team", artifact.Sha256));
        Assert.Equal([new Placement(Team, 7)], Placements.Of(artifact.Sha256));
        Assert.Equal((1, 7), Placements.TotalOf("default", "team"));
        Assert.Equal((0, 0), Placements.TotalOf("default", "none"));
        Assert.Empty(await Placements.BeginAsync(Team, [artifact], Now, Cancellation));
        Assert.Equal([artifact.Sha256], await Placements.RenewAsync("default", "team", [artifact.Sha256, Hash("b")], Now, Cancellation));

        // Another store of the name, elsewhere, has nothing.
        Assert.Equal([artifact], await Placements.BeginAsync(Team with { Place = "other/" }, [artifact], Now, Cancellation));
        Assert.False(Placements.IsPlaced("default", "team", artifact.Sha256));
    }

    [Fact]
    public async Task What_nobody_refers_to_goes_after_a_while_whether_it_has_arrived_or_not()
    {
        var (left, begun, young, kept, inside) = (Hash("left"), Hash("begun"), Hash("young"), Hash("kept"), Hash("inside"));
        await PlaceAsync(Now.AddHours(-2), left, kept, inside, Hash("directory"));
        await Placements.BeginAsync(Team, [new(begun, 1)], Now.AddHours(-2), Cancellation);
        await PlaceAsync(Now, young);
        await RecordAsync("f-1", null, "team", kept);
        await RecordAsync("f-2", null, null, Hash("directory")); // of a run that has its own in another place, but reads it
        await ledger.CommitAsync(new LedgerWrite(Run("f-2", null, null), [], []) { Directories = [new DirectoryMembers(Hash("directory"), [inside])] }, Cancellation);

        Assert.Equal(2, await Placements.MarkAsync(Team, Limits(), Cancellation));
        Assert.Equal(new[] { begun, left }.Order(StringComparer.Ordinal), Placements.Removing(Team));
        Assert.Equal((true, false), (Placements.IsRemoving(Team, left), Placements.IsPlaced("default", "team", left)));

        // What is left again is to be there again, whoever was about to remove it.
        Assert.Equal([left], (await Placements.BeginAsync(Team, [new(left, 1)], Now, Cancellation)).Select(a => a.Sha256));
        Assert.False(Placements.IsRemoving(Team, left));
        await Placements.RemovedAsync(Team, left, Cancellation);
        await Placements.CompleteAsync(Team, [new(left, 1)], Now, Cancellation);
        Assert.True(Placements.IsPlaced("default", "team", left));
        await Placements.RemovedAsync(Team, begun, Cancellation);
        Assert.Empty(Placements.Removing(Team));
    }

    [Fact]
    public async Task What_is_older_than_the_store_keeps_goes_unless_a_run_goes_on_or_keeps_its_own_elsewhere()
    {
        var (old, fresh, open, elsewhere) = (Hash("old"), Hash("fresh"), Hash("open"), Hash("elsewhere"));
        await PlaceAsync(Now.AddDays(-40), old, open, elsewhere);
        await PlaceAsync(Now.AddDays(-1), fresh);
        await RecordAsync("f-1", Now.AddDays(-40), "team", old, fresh, open, elsewhere);
        await RecordAsync("f-2", null, "team", open);
        await RecordAsync("f-3", Now.AddDays(-40), null, elsewhere);

        Assert.Equal(0, await Placements.MarkAsync(Team, Limits(), Cancellation));
        Assert.Equal(1, await Placements.MarkAsync(Team, Limits() with { KeptBefore = Now.AddDays(-30) }, Cancellation));
        Assert.Equal([old], Placements.Removing(Team));
        Assert.False(ledger.Read.IsReferred(old));
        Assert.Equal([old], await ledger.ReleaseAsync("default", "f", null, null, null, Cancellation)); // so that it goes from this machine, too
        Assert.Equal(1, await Placements.MarkAsync(Team, Limits() with { KeptBefore = Now }, Cancellation)); // fresh: the others are held
        Assert.Equal(0, await Placements.MarkAsync(Team, Limits() with { KeptBefore = Now }, Cancellation));
    }

    [Fact]
    public async Task What_is_too_much_goes_the_longest_kept_first_and_no_directory_without_its_files()
    {
        var (first, directory, inside, last) = (Hash("first"), Hash("directory"), Hash("inside"), Hash("last"));
        await PlaceAsync(Now.AddDays(-3), first);
        await PlaceAsync(Now.AddDays(-2), inside, directory);
        await PlaceAsync(Now.AddDays(-1), last);
        await RecordAsync("f-1", Now, "team", first, directory, last);
        await ledger.CommitAsync(new LedgerWrite(Run("f-1", Now, "team"), [], []) { Directories = [new DirectoryMembers(directory, [inside])] }, Cancellation);

        Assert.Equal(0, await Placements.MarkAsync(Team, Limits() with { Size = 4 }, Cancellation));
        Assert.Equal(2, await Placements.MarkAsync(Team, Limits() with { Size = 2 }, Cancellation));
        Assert.Equal(new[] { first, directory }.Order(StringComparer.Ordinal), Placements.Removing(Team));
        Assert.True(Placements.IsPlaced("default", "team", last));
        Assert.Equal((2, 2), Placements.TotalOf("default", "team"));
        Assert.Equal(1, await Placements.MarkAsync(Team, Limits() with { Size = 2 }, Cancellation)); // what lay in the directory has nobody now
        Assert.True(Placements.IsRemoving(Team, inside));
        Assert.Equal(1, await Placements.MarkAsync(Team, Limits() with { Size = 0 }, Cancellation));
    }

    private static StoreLimits Limits() => new() { Untouched = Now.AddHours(-1) };

    private async Task PlaceAsync(DateTimeOffset time, params string[] hashes)
    {
        List<ArtifactContent> artifacts = [.. hashes.Select(h => new ArtifactContent(h, 1))];
        await Placements.BeginAsync(Team, artifacts, time, Cancellation);
        await Placements.CompleteAsync(Team, artifacts, time, Cancellation);
    }

    private Task RecordAsync(string name, DateTimeOffset? end, string? store, params string[] hashes) => ledger.CommitAsync(
        new LedgerWrite(Run(name, end, store), [Attempt() with { Files = hashes.Select((h, i) => (h, i)).ToDictionary(f => $"f{f.i}", f => new FileRecord(f.h, 1, "f")) }], []), Cancellation);

    private static RunRecord Run(string name, DateTimeOffset? end, string? store) =>
        new() { Uid = $"uid-{name}", Namespace = "default", Name = name, Flow = "f", Phase = FlowPhase.Succeeded, Start = Now.AddDays(-50), End = end, Store = store };

    private static AttemptRecord Attempt() => new() { Path = TaskPath.Of(null, "a"), Number = 1, Pod = "p", PodUid = "u", Image = "x:1", End = Now, Reason = AttemptReason.Succeeded };

    private static string Hash(string text) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
