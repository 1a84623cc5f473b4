using System.Text;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public sealed class SqliteRetentionTests : RetentionContract
{
    protected override Ledger Open() => Ledger.Open(Path.Combine(Files, "ledger.db"));
}

/// <summary>What goes when its time is over, in a ledger in whatever database.</summary>
public abstract class RetentionContract : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string directory = Directory.CreateTempSubdirectory("slipway-retention-").FullName;
    private Ledger ledger = null!;
    private ArtifactStore store = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>For files of the test.</summary>
    protected string Files => directory;

    /// <summary>Opens the ledger of the test, which is empty at first.</summary>
    protected abstract Ledger Open();

    public virtual ValueTask InitializeAsync()
    {
        ledger = Open();
        store = new ArtifactStore(Path.Combine(directory, "artifacts"));
        store.Prepare();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await ledger.DisposeAsync();
        Directory.Delete(directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task What_is_older_than_declared_is_released_unless_others_hold_it()
    {
        var (old, shared, fresh, log) = (await StoreAsync("old"), await StoreAsync("shared"), await StoreAsync("fresh"), await StoreAsync("log"));
        await RecordAsync("f-1", "f", Now.AddDays(-40), old, shared);
        await RecordAsync("f-2", "f", Now.AddDays(-10), fresh);
        await RecordAsync("g-1", "g", Now.AddDays(-40), shared);
        await RecordAsync("f-3", "f", null, old[..63] + "0");
        await ledger.KeepAsync(Run("f-1", "f", Now.AddDays(-40)), TaskPath.Of(null, "a"), 1, new LogRecord(log, 1, false), Cancellation);

        Assert.Empty(await ledger.ReleaseAsync("default", "f", Now.AddDays(-50), Now.AddDays(-50), null, Cancellation));
        Assert.Equal([log], await ledger.ReleaseAsync("default", "f", null, Now.AddDays(-30), null, Cancellation));
        Assert.Null(ledger.Read.Log("uid-f-1", TaskPath.Of(null, "a"), 1));
        await ledger.SettleAsync([log], Cancellation);
        Assert.Equal(new[] { old, shared }.Order(), (await ledger.ReleaseAsync("default", "f", Now.AddDays(-30), null, null, Cancellation)).Order());

        // Until they are settled they are told again, to another process too.
        await ledger.DisposeAsync();
        ledger = Open();
        Assert.Equal(new[] { old, shared }.Order(), await ledger.ReleaseAsync("default", "f", null, null, null, Cancellation));
        await ledger.SettleAsync([old, shared], Cancellation);
        Assert.Empty(await ledger.ReleaseAsync("default", "f", Now.AddDays(-30), null, null, Cancellation));
        Assert.True(ledger.Read.IsReferred(shared));
        Assert.False(ledger.Read.IsReferred(old));

        Assert.Single(ledger.Read.Attempts("uid-f-1"));
        await ledger.ReleaseAsync("default", "f", null, null, Now.AddDays(-30), Cancellation);
        Assert.Empty(ledger.Read.Attempts("uid-f-1"));
        Assert.Null(ledger.Read.Run("uid-f-1"));
        Assert.NotNull(ledger.Read.Run("uid-f-2"));
        Assert.NotNull(ledger.Read.Run("uid-g-1"));
        Assert.NotNull(ledger.Read.Run("uid-f-3"));
    }

    [Fact]
    public async Task Files_of_a_directory_go_after_it_unless_others_hold_them()
    {
        var (shared, own) = (await StoreAsync("shared"), await StoreAsync("own"));
        var held = DirectoryManifest.Of([new("a") { Sha256 = shared, Size = 6 }, new("b") { Sha256 = own, Size = 3 }]);
        await RecordAsync("f-1", held);
        await RecordAsync("g-1", "g", Now.AddDays(-40), shared);
        Assert.True(ledger.Read.HasArtifact("default", own));
        Assert.False(ledger.Read.HasArtifact("other", own));
        Assert.Equal([own], ledger.Read.ArtifactsThatBegin("default", own[..12], 5));
        Assert.Equal(["f-1"], ledger.Read.RunsOfArtifact("default", own, 5).Select(r => r.Name));

        Assert.Equal([held.Sha256], await ledger.ReleaseAsync("default", "f", Now.AddDays(-30), null, null, Cancellation));
        Assert.True(ledger.Read.IsReferred(own)); // the directory may lie in the store still, and is whole as long as it does
        Assert.False(ledger.Read.HasArtifact("default", own));
        Assert.Equal(new[] { own, shared }.Order(), (await ledger.SettleAsync([held.Sha256], Cancellation)).Order());
        Assert.Equal((false, true), (ledger.Read.IsReferred(own), ledger.Read.IsReferred(shared)));
        Assert.Empty(await ledger.SettleAsync([own, shared], Cancellation));
    }

    [Fact]
    public async Task A_directory_that_is_left_again_keeps_its_files()
    {
        var own = await StoreAsync("own");
        var held = DirectoryManifest.Of([new("b") { Sha256 = own, Size = 3 }]);
        await RecordAsync("f-1", held);
        await ledger.ReleaseAsync("default", "f", Now.AddDays(-30), null, null, Cancellation);
        await RecordAsync("g-1", "g", Now.AddDays(-1), held.Sha256); // its files are known already
        Assert.Empty(await ledger.SettleAsync([held.Sha256], Cancellation));
        Assert.True(ledger.Read.IsReferred(own));
        Assert.True(ledger.Read.KnowsDirectory(held.Sha256));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_is_settled_with_its_directory_is_released_by_it(bool isDirectoryFirst)
    {
        var own = await StoreAsync("own");
        var held = DirectoryManifest.Of([new("b") { Sha256 = own, Size = 3 }]);
        await RecordAsync("f-1", held);
        await RecordAsync("g-1", "g", Now.AddDays(-40), own);
        Assert.Equal([own], await ledger.ReleaseAsync("default", "g", Now.AddDays(-30), null, null, Cancellation));
        Assert.Equal(new[] { held.Sha256, own }.Order(), (await ledger.ReleaseAsync("default", "f", Now.AddDays(-30), null, null, Cancellation)).Order());
        Assert.Equal([own], await ledger.SettleAsync(isDirectoryFirst ? [held.Sha256, own] : [own, held.Sha256], Cancellation));
        Assert.Equal([own], await ledger.ReleaseAsync("default", "f", null, null, null, Cancellation));
    }

    [Fact]
    public async Task Results_of_what_is_released_are_not_taken_any_more()
    {
        var identity = CacheIdentity.Of("f", "a", new FlowTask { Cache = new TaskCache() }, ["a"], [], [], [], null);
        var run = Run("f-1", "f", Now.AddDays(-40));
        await ledger.CommitAsync(
            new LedgerWrite(run, [Attempt()], []) { Results = [new CacheEntry("k", identity, run.Uid, run.Name, TaskPath.Of(null, "a"), 1, run.End!.Value) { Flow = "f" }] }, Cancellation);
        Assert.NotNull(ledger.Read.CacheEntry("default", "k"));
        await ledger.ReleaseAsync("default", "f", Now.AddDays(-30), null, null, Cancellation);
        Assert.Null(ledger.Read.CacheEntry("default", "k"));
    }

    [Fact]
    public async Task An_artifact_is_removed_only_when_it_is_old_and_nobody_has_it()
    {
        var hash = await StoreAsync("x");
        Assert.False(store.Remove(hash, () => true)); // it has just been written: who did may not have told of it yet
        File.SetLastWriteTimeUtc(store.PathOf(hash), TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-2));
        Assert.False(store.Remove(hash, () => false));
        Assert.Equal(hash, await StoreAsync("x")); // written again: it counts as new
        Assert.False(store.Remove(hash, () => true));
        File.SetLastWriteTimeUtc(store.PathOf(hash), TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-2));
        Assert.True(store.Remove(hash, () => true));
        Assert.False(store.Has(hash));
        Assert.False(store.Remove(hash, () => true));
    }

    private ValueTask<string> StoreAsync(string text) => store.WriteAsync(Encoding.UTF8.GetBytes(text), Cancellation);

    private Task RecordAsync(string name, string flow, DateTimeOffset? end, params string[] hashes) => ledger.CommitAsync(
        new LedgerWrite(Run(name, flow, end), [Attempt() with { Files = hashes.Select((h, i) => (h, i)).ToDictionary(f => $"f{f.i}", f => new FileRecord(f.h, 1, "f")) }], []), Cancellation);

    private Task RecordAsync(string name, DirectoryManifest left) => ledger.CommitAsync(
        new LedgerWrite(Run(name, "f", Now.AddDays(-40)), [Attempt() with { Files = new Dictionary<string, FileRecord> { ["d"] = new(left.Sha256, left.Size, "d", left.FileCount) } }], [])
        {
            Directories = [new DirectoryMembers(left.Sha256, [.. left.Entries.Select(e => e.Sha256).OfType<string>()])],
        },
        Cancellation);

    private static RunRecord Run(string name, string flow, DateTimeOffset? end) =>
        new() { Uid = $"uid-{name}", Namespace = "default", Name = name, Flow = flow, Phase = FlowPhase.Succeeded, Start = Now.AddDays(-50), End = end };

    private static AttemptRecord Attempt() => new() { Path = TaskPath.Of(null, "a"), Number = 1, Pod = "p", PodUid = "u", Image = "x:1", End = Now, Reason = AttemptReason.Succeeded };
}
