using System.Data.Common;
using Slipway.Api;
using Slipway.Api.Kinds;
using static Slipway.Flows.LedgerCommands;

namespace Slipway.Flows;

/// <summary>
/// The record of runs: a database, SQLite or PostgreSQL, that holds every attempt that has ended, for good. What <see cref="CommitAsync"/>
/// has acknowledged survives the death of the process and of the machine. One process writes at a time; whoever begins to gets the next
/// fencing number, which every row carries.
/// </summary>
public sealed class Ledger : IAsyncDisposable
{
    private readonly LedgerDatabase database;
    private readonly LedgerWriter writer;
    private long fence;
    private readonly LedgerReader reader;

    private Ledger(LedgerDatabase database, DbConnection connection, LedgerReader reader, long fence)
    {
        this.database = database;
        this.reader = reader;
        this.fence = fence;
        writer = new LedgerWriter(database, connection);
        Placements = new PlacementTable(writer, reader);
    }

    /// <summary>The fencing number of whoever writes now.</summary>
    public long Fence => Interlocked.Read(ref fence);

    /// <summary>What is recorded.</summary>
    public LedgerReader Read => reader;

    /// <summary>Who is told of what is recorded; null if nobody is.</summary>
    internal LineageOutbox? Lineage { get; set; }

    /// <summary>What lies in declared stores.</summary>
    public PlacementTable Placements { get; }

    /// <summary>Opens the ledger in a file, which is made if it is not there.</summary>
    /// <exception cref="InvalidOperationException">The file is a ledger of a later version.</exception>
    public static Ledger Open(string path) => Open(new SqliteLedger(path));

    /// <summary>Opens the ledger in a PostgreSQL, where its tables are made if they are not there.</summary>
    /// <param name="connectionString">As Npgsql reads it, without a password: that is in the file which <c>Passfile</c> names.</param>
    /// <exception cref="FormatException">The connection string is none.</exception>
    /// <exception cref="InvalidOperationException">The tables are of a later version.</exception>
    /// <exception cref="LedgerUnavailableException">The database cannot be reached, or refuses.</exception>
    public static Ledger OpenPostgres(string connectionString)
    {
        var database = PostgresLedger.Of(connectionString);
        try
        {
            return Open(database);
        }
        catch (DbException e)
        {
            throw database.Unavailable("opened", e);
        }
    }

    /// <summary>Says what is wrong with the connection string of a PostgreSQL; null if nothing is.</summary>
    public static string? Problem(string connectionString)
    {
        try
        {
            PostgresLedger.Of(connectionString).Dispose();
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    private static Ledger Open(LedgerDatabase database)
    {
        DbConnection? connection = null;
        try
        {
            connection = database.Connect();
            database.Prepare(connection);
            return new Ledger(database, connection, new LedgerReader(database), LedgerDatabase.Number(connection, LedgerSchema.NextFence)!.Value);
        }
        catch
        {
            connection?.Dispose();
            database.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Begins to write after another process may have: what that one writes late does not change runs any more that are written from now on, and what was kept in
    /// memory is read anew.
    /// </summary>
    /// <exception cref="LedgerUnavailableException">The database has no room, refuses or is away.</exception>
    public async Task TakeOverAsync(CancellationToken cancellation)
    {
        long next = 0;
        await writer.QueueAsync(transaction => next = LedgerDatabase.Number(transaction.Connection!, LedgerSchema.NextFence, transaction)!.Value, cancellation);
        Interlocked.Exchange(ref fence, next);
        reader.ForgetAll();
    }

    /// <summary>Records; returns when it is durable. Recording the same again changes nothing.</summary>
    /// <exception cref="LedgerUnavailableException">The database has no room, refuses or is away.</exception>
    public async Task CommitAsync(LedgerWrite write, CancellationToken cancellation)
    {
        var lineage = Lineage;
        var sinks = lineage?.SinksOf(write.Run) ?? [];
        await writer.QueueAsync(transaction => Apply(write, sinks, transaction), cancellation);
        reader.Added(write);
        foreach (var sink in sinks)
            lineage!.Due(sink);
    }

    /// <summary>Forgets the results of a flow's tasks, so that their next attempts run.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="flow">The flow.</param>
    /// <param name="task">Only of this task, by its path without indexes; all when null.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How many results were forgotten.</returns>
    /// <exception cref="LedgerUnavailableException">The database has no room, refuses or is away.</exception>
    public async Task<int> InvalidateAsync(string ns, string flow, string? task, CancellationToken cancellation)
    {
        var count = 0;
        await writer.QueueAsync(
            transaction => count = Execute(transaction, LedgerSchema.DeleteResults, c =>
            {
                LedgerRows.Set(c, "@namespace", ns);
                LedgerRows.Set(c, "@flow", flow);
                LedgerRows.Set(c, "@task", task);
            }),
            cancellation);
        return count;
    }

    /// <summary>Lets go what runs of a flow have left that ended before these times; null for what is kept.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="flow">The flow.</param>
    /// <param name="artifacts">Files and values of runs that ended before are not referred to any more.</param>
    /// <param name="logs">Logs of runs that ended before.</param>
    /// <param name="records">Runs that ended before, with all that belongs to them.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>
    /// The artifacts of any flow that were referred to by what is gone, until <see cref="SettleAsync"/> is told of them; others may refer to them still.
    /// </returns>
    /// <exception cref="LedgerUnavailableException">The database has no room, refuses or is away.</exception>
    public async Task<IReadOnlyList<string>> ReleaseAsync(string ns, string flow, DateTimeOffset? artifacts, DateTimeOffset? logs, DateTimeOffset? records, CancellationToken cancellation)
    {
        List<string> released = [];
        await writer.QueueAsync(
            transaction =>
            {
                if (Later(artifacts, records) is { } ofArtifacts)
                {
                    // Results go with the artifacts that they consist of.
                    Execute(transaction, LedgerSchema.DeleteResultsOfRuns, c => Ended(c, ofArtifacts));
                    Release(LedgerSchema.ReleaseArtifacts, ofArtifacts);
                }

                if (Later(logs, records) is { } ofLogs)
                {
                    Release(LedgerSchema.ReleaseLogs, ofLogs);
                    Execute(transaction, LedgerSchema.DeleteLogs, c => Ended(c, ofLogs));
                }

                if (records is { } ofRuns)
                {
                    Execute(transaction, LedgerSchema.DeleteAttempts, c => Ended(c, ofRuns));
                    Execute(transaction, LedgerSchema.DeleteReplicas, c => Ended(c, ofRuns));
                    Execute(transaction, LedgerSchema.DeleteRunStores, c => Ended(c, ofRuns));
                    Execute(transaction, LedgerSchema.DeleteRuns, c => Ended(c, ofRuns));
                }

                // Remembered with the loss of their references: a crash before their removal loses none.
                foreach (var sha256 in released.Distinct().ToList())
                    Execute(transaction, LedgerSchema.InsertReleased, c => LedgerRows.Set(c, "@sha256", sha256));
                released = Texts(transaction, LedgerSchema.SelectReleased, _ => { });

                void Release(string text, DateTimeOffset time) => released.AddRange(Texts(transaction, text, c => Ended(c, time)));
            },
            cancellation);
        return released;

        static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => a is null || b > a ? b : a;

        void Ended(DbCommand command, DateTimeOffset before)
        {
            LedgerRows.Set(command, "@namespace", ns);
            LedgerRows.Set(command, "@flow", flow);
            LedgerRows.Set(command, "@before", before.ToUnixTimeMilliseconds());
        }
    }

    /// <summary>Forgets released artifacts: they are removed, or referred to anew.</summary>
    /// <returns>What is released by that: the files of directories that were removed.</returns>
    /// <exception cref="LedgerUnavailableException">The database has no room, refuses or is away.</exception>
    public async Task<IReadOnlyList<string>> SettleAsync(IReadOnlyCollection<string> artifacts, CancellationToken cancellation)
    {
        List<string> released = [];
        await writer.QueueAsync(
            transaction =>
            {
                released = [];
                // All are forgotten before the files of any directory are let go: one that is settled with its directory is let go with it.
                foreach (var sha256 in artifacts)
                    Execute(transaction, LedgerSchema.DeleteReleased, c => LedgerRows.Set(c, "@sha256", sha256));
                foreach (var sha256 in artifacts)
                {
                    released.AddRange(Texts(transaction, LedgerSchema.ReleaseMembers, c => LedgerRows.Set(c, "@sha256", sha256)));
                    Execute(transaction, LedgerSchema.DeleteMembers, c => LedgerRows.Set(c, "@sha256", sha256));
                }
            },
            cancellation);
        return released;
    }

    /// <summary>A sink of lineage was told, or will not be.</summary>
    /// <exception cref="LedgerUnavailableException">The database has no room, refuses or is away.</exception>
    internal Task ToldAsync(ObjectKey sink, IReadOnlyCollection<LineageDue> told, CancellationToken cancellation) => writer.QueueAsync(
        transaction =>
        {
            foreach (var due in told)
                Execute(transaction, LedgerSchema.DeleteLineage, c => LedgerRows.Bind(c, sink, due));
        },
        cancellation);

    /// <summary>A sink of lineage is gone: nothing is told to it any more.</summary>
    /// <exception cref="LedgerUnavailableException">The database has no room, refuses or is away.</exception>
    internal Task ForgetSinkAsync(ObjectKey sink, CancellationToken cancellation) =>
        writer.QueueAsync(transaction => Execute(transaction, LedgerSchema.DeleteLineageOfSink, c => LedgerRows.Set(c, "@sink", sink.ToString())), cancellation);

    /// <summary>Records where the log of an attempt is kept.</summary>
    /// <exception cref="LedgerUnavailableException">The database has no room, refuses or is away.</exception>
    public Task KeepAsync(RunRecord run, TaskPath path, int number, LogRecord log, CancellationToken cancellation) => writer.QueueAsync(
        transaction =>
        {
            Execute(transaction, LedgerSchema.InsertLog, c =>
            {
                LedgerRows.Set(c, "@run", run.Uid);
                LedgerRows.Set(c, "@path", path.Text);
                LedgerRows.Set(c, "@number", number);
                LedgerRows.Set(c, "@sha256", log.Sha256);
                LedgerRows.Set(c, "@size", log.Size);
                LedgerRows.Set(c, "@isCut", log.IsCut ? 1 : 0);
            });
            Refer(transaction, run, log.Sha256);
        },
        cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await writer.DisposeAsync();
        reader.Dispose();
        database.Dispose();
    }

    private void Apply(LedgerWrite write, IReadOnlyCollection<ObjectKey> sinks, DbTransaction transaction)
    {
        var run = write.Run;
        var ended = sinks.Count > 0 ? Number(transaction, LedgerSchema.SelectEnded, c => LedgerRows.Set(c, "@uid", run.Uid)) : null;
        var hasChanged = Execute(transaction, LedgerSchema.UpsertRun, c => LedgerRows.Bind(c, run, Fence)) > 0;
        if (ended is null)
            Tell(LineageDue.StartOf(run));
        if (run.End is not null && ended is not 1 && hasChanged)
            Tell(LineageDue.EndOf(run));
        if (run.Store is not null)
        {
            Execute(transaction, PlacementSchema.InsertRunStore, c =>
            {
                LedgerRows.Set(c, "@run", run.Uid);
                LedgerRows.Set(c, "@store", run.Store);
            });
        }

        foreach (var attempt in write.Attempts)
        {
            if (Execute(transaction, LedgerSchema.InsertAttempt, c => LedgerRows.Bind(c, run.Uid, attempt, Fence)) > 0 && attempt.Pod.Length > 0)
                Tell(LineageDue.Of(run, attempt));
            if (attempt.Replicas.Count > 0)
                Execute(transaction, LedgerSchema.InsertReplicas, c => LedgerRows.BindReplicas(c, run.Uid, attempt));
            foreach (var sha256 in attempt.Files.Values.Select(f => f.Sha256).Concat(attempt.Values.Values.Select(v => v.Sha256)).Concat(attempt.Inputs.Select(i => i.Sha256)).Distinct())
            {
                Refer(transaction, run, sha256);
            }
        }

        foreach (var directory in write.Directories)
        {
            foreach (var file in directory.Files)
            {
                Execute(transaction, LedgerSchema.InsertMember, c =>
                {
                    LedgerRows.Set(c, "@directory", directory.Directory);
                    LedgerRows.Set(c, "@sha256", file);
                });
            }
        }

        foreach (var result in write.Results)
            Execute(transaction, LedgerSchema.UpsertResult, c => LedgerRows.Bind(c, run.Namespace, result));
        foreach (var learnt in write.Learnt)
        {
            Execute(transaction, LedgerSchema.UpsertLearntMemory, c =>
            {
                LedgerRows.Set(c, "@namespace", run.Namespace);
                LedgerRows.Set(c, "@flow", run.Flow);
                LedgerRows.Set(c, "@task", learnt.Task);
                LedgerRows.Set(c, "@item", LearntMemory.KeyOf(learnt.Item));
                LedgerRows.Set(c, "@bytes", learnt.Bytes);
            });
        }

        void Tell(LineageDue due)
        {
            foreach (var sink in sinks)
                Execute(transaction, LedgerSchema.InsertLineage, c => LedgerRows.Bind(c, sink, due));
        }
    }

    /// <summary>Says that a run has to do with an artifact.</summary>
    private static void Refer(DbTransaction transaction, RunRecord run, string sha256) => Execute(transaction, LedgerSchema.InsertArtifact, c =>
    {
        LedgerRows.Set(c, "@namespace", run.Namespace);
        LedgerRows.Set(c, "@sha256", sha256);
        LedgerRows.Set(c, "@run", run.Uid);
    });
}
