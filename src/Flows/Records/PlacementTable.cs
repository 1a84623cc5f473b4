using System.Data.Common;

namespace Slipway.Flows;

/// <summary>
/// Which artifacts lie in declared stores. A row is there before anything is sent, and says that it is being removed before anything is removed: so whatever
/// stops at any line, nothing lies in a store that is not known here, and nothing is said to be there that is not.
/// </summary>
public sealed class PlacementTable
{
    private readonly LedgerWriter writer;
    private readonly LedgerReader reader;

    internal PlacementTable(LedgerWriter writer, LedgerReader reader) => (this.writer, this.reader) = (writer, reader);

    /// <summary>Says that artifacts are about to be sent, or are still wanted if they are there.</summary>
    /// <returns>Those that are not there and are to be sent.</returns>
    /// <exception cref="LedgerUnavailableException">The database has no room, refuses or is away.</exception>
    public async Task<IReadOnlyList<ArtifactContent>> BeginAsync(StoreLocation at, IReadOnlyCollection<ArtifactContent> artifacts, DateTimeOffset now, CancellationToken cancellation)
    {
        List<ArtifactContent> missing = [];
        await writer.QueueAsync(
            transaction => missing = [.. artifacts.Where(a => LedgerCommands.Texts(transaction, PlacementSchema.Begin, c =>
            {
                Of(c, at, a.Sha256);
                LedgerRows.Set(c, "@place", at.Place);
                LedgerRows.Set(c, "@size", a.Size);
                LedgerRows.Set(c, "@now", now.ToUnixTimeMilliseconds());
            }) is not [PlacementSchema.Placed])],
            cancellation);
        return missing;
    }

    /// <summary>Says that artifacts have arrived.</summary>
    /// <exception cref="LedgerUnavailableException">The database has no room, refuses or is away.</exception>
    public Task CompleteAsync(StoreLocation at, IReadOnlyCollection<ArtifactContent> artifacts, DateTimeOffset now, CancellationToken cancellation) => writer.QueueAsync(
        transaction =>
        {
            foreach (var artifact in artifacts)
                LedgerCommands.Execute(transaction, PlacementSchema.Complete, c => At(c, at, artifact.Sha256, now));
        },
        cancellation);

    /// <summary>Says that artifacts that are there are wanted again.</summary>
    /// <returns>Those that are there.</returns>
    /// <exception cref="LedgerUnavailableException">The database has no room, refuses or is away.</exception>
    public async Task<IReadOnlySet<string>> RenewAsync(string ns, string store, IReadOnlyCollection<string> artifacts, DateTimeOffset now, CancellationToken cancellation)
    {
        HashSet<string> there = [];
        await writer.QueueAsync(
            transaction => there = [.. artifacts.SelectMany(sha256 => LedgerCommands.Texts(transaction, PlacementSchema.Renew, c => At(c, new StoreLocation(ns, store, ""), sha256, now)))],
            cancellation);
        return there;
    }

    /// <summary>Marks what is to be removed from a store: what nobody refers to, and what is beyond its limits. References to that are released with it.</summary>
    /// <returns>How many were marked; there may be more.</returns>
    /// <exception cref="LedgerUnavailableException">The database has no room, refuses or is away.</exception>
    public async Task<int> MarkAsync(StoreLocation at, StoreLimits limits, CancellationToken cancellation)
    {
        var count = 0;
        await writer.QueueAsync(
            transaction =>
            {
                var unreferred = LedgerCommands.Texts(transaction, PlacementSchema.MarkUnreferred, c => Before(c, limits.Untouched));
                var given = new HashSet<string>();
                if (limits.KeptBefore is { } time)
                    given.UnionWith(Candidates(transaction, time < limits.Untouched ? time : limits.Untouched).Select(c => c.Sha256));
                if (limits.Size is { } size)
                {
                    var candidates = Candidates(transaction, limits.Untouched);
                    var total = LedgerCommands.Rows(transaction, PlacementSchema.Total, c => Of(c, at), ReadTotal)[0].Size;
                    var excess = total - size - candidates.Where(c => given.Contains(c.Sha256)).Sum(c => c.Size);
                    given.UnionWith(Excess(candidates.Where(c => !given.Contains(c.Sha256)), excess));
                }

                foreach (var sha256 in given)
                {
                    LedgerCommands.Execute(transaction, PlacementSchema.MarkRemoving, c => Of(c, at, sha256));
                    LedgerCommands.Execute(transaction, PlacementSchema.ReleaseReferences, c => Of(c, at, sha256));
                }

                given.UnionWith(unreferred);
                foreach (var sha256 in given)
                    LedgerCommands.Execute(transaction, LedgerSchema.InsertReleased, c => LedgerRows.Set(c, "@sha256", sha256)); // the copy on this machine goes with it
                count = given.Count;
            },
            cancellation);
        return count;

        List<ArtifactContent> Candidates(DbTransaction transaction, DateTimeOffset before) =>
            LedgerCommands.Rows(transaction, PlacementSchema.SelectGivenUpFirst, c => Before(c, before), row => new ArtifactContent(row.GetString(0), row.GetInt64(1)));

        void Before(DbCommand command, DateTimeOffset time)
        {
            Of(command, at);
            LedgerRows.Set(command, "@before", time.ToUnixTimeMilliseconds());
        }
    }

    /// <summary>Says that artifacts which were to be removed are gone.</summary>
    /// <exception cref="LedgerUnavailableException">The database has no room, refuses or is away.</exception>
    public Task RemovedAsync(StoreLocation at, string sha256, CancellationToken cancellation) =>
        writer.QueueAsync(transaction => LedgerCommands.Execute(transaction, PlacementSchema.DeleteRemoved, c => Of(c, at, sha256)), cancellation);

    /// <summary>What is to be removed from a store, some of it.</summary>
    /// <exception cref="LedgerUnavailableException">The database refuses or is away.</exception>
    public IReadOnlyList<string> Removing(StoreLocation at) => reader.All(
        $"SELECT sha256 FROM placements WHERE namespace = @a AND store = @b AND place = @c AND state = '{PlacementSchema.Removing}' ORDER BY sha256 LIMIT {PlacementSchema.Page}", row => row.GetString(0), at.Namespace, at.Store, at.Place);

    /// <summary>Whether an artifact is to be removed from a store still.</summary>
    /// <exception cref="LedgerUnavailableException">The database refuses or is away.</exception>
    public bool IsRemoving(StoreLocation at, string sha256) => Is(PlacementSchema.Removing, at.Namespace, at.Store, sha256);

    /// <summary>Whether an artifact lies in a store.</summary>
    /// <exception cref="LedgerUnavailableException">The database refuses or is away.</exception>
    public bool IsPlaced(string ns, string store, string sha256) => Is(PlacementSchema.Placed, ns, store, sha256);

    /// <summary>Whether a store may have an artifact, of which it may be on its way, there, or being removed.</summary>
    /// <exception cref="LedgerUnavailableException">The database refuses or is away.</exception>
    internal bool IsKnown(string ns, string store, string sha256) =>
        reader.All("SELECT 1 FROM placements WHERE namespace = @a AND store = @b AND sha256 = @c", _ => true, ns, store, sha256).Count > 0;

    /// <summary>The stores in which an artifact lies.</summary>
    /// <exception cref="LedgerUnavailableException">The database refuses or is away.</exception>
    public IReadOnlyList<Placement> Of(string sha256) => reader.All(
        $"SELECT namespace, store, place, size FROM placements WHERE sha256 = @a AND state = '{PlacementSchema.Placed}' ORDER BY namespace, store",
        row => new Placement(new StoreLocation(row.GetString(0), row.GetString(1), row.GetString(2)), row.GetInt64(3)), sha256);

    /// <summary>How many artifacts lie in a store, and their bytes.</summary>
    /// <exception cref="LedgerUnavailableException">The database refuses or is away.</exception>
    public (long Count, long Size) TotalOf(string ns, string store) => reader.All(
        PlacementSchema.Total.Replace("@namespace", "@a", StringComparison.Ordinal).Replace("@store", "@b", StringComparison.Ordinal), ReadTotal, ns, store)[0];

    /// <summary>
    /// What lies in a store since before a time, and whose copy on this machine nobody needs: all runs that refer to it keep it in a store where it lies. By their
    /// hashes, some after the last one.
    /// </summary>
    /// <exception cref="LedgerUnavailableException">The database refuses or is away.</exception>
    public IReadOnlyList<string> Copies(StoreLocation at, DateTimeOffset before, string last) =>
        reader.All(PlacementSchema.SelectCopies, row => row.GetString(0), at.Namespace, at.Store, before.ToUnixTimeMilliseconds(), last);

    /// <summary>The first of what may go that are together as large as what is too much.</summary>
    internal static IEnumerable<string> Excess(IEnumerable<ArtifactContent> candidates, long excess)
    {
        foreach (var candidate in candidates)
        {
            if (excess <= 0)
                yield break;
            excess -= candidate.Size;
            yield return candidate.Sha256;
        }
    }

    private static (long Count, long Size) ReadTotal(DbDataReader row) => (row.GetInt64(0), row.GetInt64(1));

    private bool Is(string state, string ns, string store, string sha256) => reader.All(
        "SELECT 1 FROM placements WHERE namespace = @a AND store = @b AND sha256 = @c AND state = @d", _ => true, ns, store, sha256, state).Count > 0;

    private static void At(DbCommand command, StoreLocation at, string sha256, DateTimeOffset now)
    {
        Of(command, at, sha256);
        LedgerRows.Set(command, "@now", now.ToUnixTimeMilliseconds());
    }

    private static void Of(DbCommand command, StoreLocation at, string sha256)
    {
        Of(command, at);
        LedgerRows.Set(command, "@sha256", sha256);
    }

    private static void Of(DbCommand command, StoreLocation at)
    {
        LedgerRows.Set(command, "@namespace", at.Namespace);
        LedgerRows.Set(command, "@store", at.Store);
    }
}
