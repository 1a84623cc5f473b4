using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>One transaction of the ledger.</summary>
/// <param name="Run">The run, new or changed; its uid, namespace and flow go with the rest.</param>
/// <param name="Attempts">Attempts that have ended.</param>
/// <param name="Learnt">Memory in bytes that items turned out to need more than they had.</param>
public sealed record LedgerWrite(RunRecord Run, IReadOnlyList<AttemptRecord> Attempts, IReadOnlyList<LearntMemory> Learnt)
{
    /// <summary>Results that later attempts may take.</summary>
    public IReadOnlyList<CacheEntry> Results { get; init; } = [];

    /// <summary>What lies in directories that attempts left; those that the ledger knows may be missing.</summary>
    public IReadOnlyList<DirectoryMembers> Directories { get; init; } = [];
}

/// <summary>The files in a stored directory.</summary>
/// <param name="Directory">Hash of the directory.</param>
/// <param name="Files">Hashes of the files, each once.</param>
public sealed record DirectoryMembers(string Directory, IReadOnlyList<string> Files);

/// <summary>Memory that an item of a task will get in later runs.</summary>
/// <param name="Task">Name of the task.</param>
/// <param name="Item">The item; empty for a task without forEach.</param>
/// <param name="Bytes">The memory in bytes.</param>
public sealed record LearntMemory(string Task, string Item, long Bytes);

/// <summary>The disk of the ledger has no room, or refuses; nothing was recorded.</summary>
public sealed class LedgerFullException(string message, Exception inner) : IOException(message, inner);

/// <summary>
/// The record of runs: a SQLite database that holds every attempt that has ended, for good. What <see cref="CommitAsync"/>
/// has acknowledged survives the death of the process and of the machine. One process writes; each opening gets the next
/// fencing number, which every row carries.
/// </summary>
public sealed class Ledger : IAsyncDisposable
{
    private readonly string path;
    private readonly SqliteConnection writer;
    private readonly LedgerReader reader;
    private readonly Channel<(Action<SqliteTransaction> Apply, TaskCompletionSource Done)> queue = Channel.CreateBounded<(Action<SqliteTransaction>, TaskCompletionSource)>(1000);
    private readonly Task writing;

    private Ledger(string path, SqliteConnection writer, LedgerReader reader, long fence)
    {
        this.path = path;
        this.writer = writer;
        this.reader = reader;
        Fence = fence;
        writing = Task.Run(WriteAsync);
    }

    /// <summary>The fencing number of this opening.</summary>
    public long Fence { get; }

    /// <summary>What is recorded.</summary>
    public LedgerReader Read => reader;

    /// <summary>Opens the ledger in a file, which is made if it is not there.</summary>
    /// <exception cref="InvalidOperationException">The file is a ledger of a later version.</exception>
    public static Ledger Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var writer = Connect(path);
        try
        {
            Execute(writer, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000");
            var version = Scalar(writer, "PRAGMA user_version");
            if (version > LedgerSchema.Version)
                throw new InvalidOperationException($"the ledger {path} is of version {version}, and this program knows version {LedgerSchema.Version}; use the program that wrote it");
            for (; version is > 0 and < LedgerSchema.Version; version++)
                Execute(writer, $"BEGIN IMMEDIATE; {LedgerSchema.Migrations[(int)version - 1]} PRAGMA user_version = {version + 1}; COMMIT");
            Execute(writer, LedgerSchema.Create);
            Execute(writer, $"PRAGMA user_version = {LedgerSchema.Version}");
            Execute(writer, "INSERT INTO facts (name, value) VALUES ('fence', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1");
            var fence = Scalar(writer, "SELECT value FROM facts WHERE name = 'fence'");
            return new Ledger(path, writer, new LedgerReader(Connect(path)), fence);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Records; returns when it is durable. Recording the same again changes nothing.</summary>
    /// <exception cref="LedgerFullException">The disk is full or refuses.</exception>
    public async Task CommitAsync(LedgerWrite write, CancellationToken cancellation)
    {
        await QueueAsync(transaction => Apply(write, transaction), cancellation);
        reader.Added(write);
    }

    /// <summary>Forgets the results of a flow's tasks, so that their next attempts run.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="flow">The flow.</param>
    /// <param name="task">Only of this task, by its path without indexes; all when null.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How many results were forgotten.</returns>
    /// <exception cref="LedgerFullException">The disk is full or refuses.</exception>
    public async Task<int> InvalidateAsync(string ns, string flow, string? task, CancellationToken cancellation)
    {
        var count = 0;
        await QueueAsync(
            transaction => count = Execute(transaction, LedgerSchema.DeleteResults, c =>
            {
                LedgerRows.Set(c, "$namespace", ns);
                LedgerRows.Set(c, "$flow", flow);
                LedgerRows.Set(c, "$task", task);
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
    /// <exception cref="LedgerFullException">The disk is full or refuses.</exception>
    public async Task<IReadOnlyList<string>> ReleaseAsync(string ns, string flow, DateTimeOffset? artifacts, DateTimeOffset? logs, DateTimeOffset? records, CancellationToken cancellation)
    {
        List<string> released = [];
        await QueueAsync(
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
                    Execute(transaction, LedgerSchema.DeleteRuns, c => Ended(c, ofRuns));
                }

                // Remembered with the loss of their references: a crash before their removal loses none.
                foreach (var sha256 in released.Distinct().ToList())
                    Execute(transaction, LedgerSchema.InsertReleased, c => LedgerRows.Set(c, "$sha256", sha256));
                released = Texts(transaction, LedgerSchema.SelectReleased, _ => { });

                void Release(string text, DateTimeOffset time) => released.AddRange(Texts(transaction, text, c => Ended(c, time)));
            },
            cancellation);
        return released;

        static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => a is null || b > a ? b : a;

        void Ended(SqliteCommand command, DateTimeOffset before)
        {
            LedgerRows.Set(command, "$namespace", ns);
            LedgerRows.Set(command, "$flow", flow);
            LedgerRows.Set(command, "$before", before.ToUnixTimeMilliseconds());
        }
    }

    /// <summary>Forgets released artifacts: they are removed, or referred to anew.</summary>
    /// <returns>What is released now: what is not settled yet, and the files of directories that were removed.</returns>
    /// <exception cref="LedgerFullException">The disk is full or refuses.</exception>
    public async Task<IReadOnlyList<string>> SettleAsync(IReadOnlyCollection<string> artifacts, CancellationToken cancellation)
    {
        List<string> released = [];
        await QueueAsync(
            transaction =>
            {
                foreach (var sha256 in artifacts)
                {
                    foreach (var text in new[] { LedgerSchema.DeleteReleased, LedgerSchema.ReleaseMembers, LedgerSchema.DeleteMembers })
                        Execute(transaction, text, c => LedgerRows.Set(c, "$sha256", sha256));
                }

                released = Texts(transaction, LedgerSchema.SelectReleased, _ => { });
            },
            cancellation);
        return released;
    }

    /// <summary>Records where the log of an attempt is kept.</summary>
    /// <exception cref="LedgerFullException">The disk is full or refuses.</exception>
    public Task KeepAsync(RunRecord run, TaskPath path, int number, LogRecord log, CancellationToken cancellation) => QueueAsync(
        transaction =>
        {
            Execute(transaction, LedgerSchema.InsertLog, c =>
            {
                LedgerRows.Set(c, "$run", run.Uid);
                LedgerRows.Set(c, "$path", path.Text);
                LedgerRows.Set(c, "$number", number);
                LedgerRows.Set(c, "$sha256", log.Sha256);
                LedgerRows.Set(c, "$size", log.Size);
                LedgerRows.Set(c, "$isCut", log.IsCut);
            });
            Refer(transaction, run, log.Sha256);
        },
        cancellation);

    private async Task QueueAsync(Action<SqliteTransaction> apply, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await queue.Writer.WriteAsync((apply, done), cancellation);
        await done.Task;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await writing;
        writer.Dispose();
        reader.Dispose();
    }

    /// <summary>The single writer: what is queued is committed together.</summary>
    private async Task WriteAsync()
    {
        var batch = new List<(Action<SqliteTransaction> Apply, TaskCompletionSource Done)>();
        while (await queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < 256 && queue.Reader.TryRead(out var next))
                batch.Add(next);
            try
            {
                using (var transaction = writer.BeginTransaction())
                {
                    foreach (var (apply, _) in batch)
                        apply(transaction);
                    transaction.Commit();
                }

                batch.ForEach(b => b.Done.TrySetResult());
            }
            catch (SqliteException e)
            {
                var failure = new LedgerFullException($"the ledger {path} cannot be written ({e.Message}); free space on its disk", e);
                batch.ForEach(b => b.Done.TrySetException(failure));
            }
            catch (Exception e)
            {
                // The boundary of the loop: whoever waits must hear of it, and the next write is tried anew.
                batch.ForEach(b => b.Done.TrySetException(e));
            }
        }
    }

    private void Apply(LedgerWrite write, SqliteTransaction transaction)
    {
        var run = write.Run;
        Execute(transaction, LedgerSchema.UpsertRun, c => LedgerRows.Bind(c, run, Fence));
        foreach (var attempt in write.Attempts)
        {
            Execute(transaction, LedgerSchema.InsertAttempt, c => LedgerRows.Bind(c, run.Uid, attempt, Fence));
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
                    LedgerRows.Set(c, "$directory", directory.Directory);
                    LedgerRows.Set(c, "$sha256", file);
                });
            }
        }

        foreach (var result in write.Results)
            Execute(transaction, LedgerSchema.UpsertResult, c => LedgerRows.Bind(c, run.Namespace, result));
        foreach (var learnt in write.Learnt)
        {
            Execute(transaction, LedgerSchema.UpsertLearntMemory, c =>
            {
                LedgerRows.Set(c, "$namespace", run.Namespace);
                LedgerRows.Set(c, "$flow", run.Flow);
                LedgerRows.Set(c, "$task", learnt.Task);
                LedgerRows.Set(c, "$item", learnt.Item);
                LedgerRows.Set(c, "$bytes", learnt.Bytes);
            });
        }
    }

    /// <summary>Says that a run has to do with an artifact.</summary>
    private static void Refer(SqliteTransaction transaction, RunRecord run, string sha256) => Execute(transaction, LedgerSchema.InsertArtifact, c =>
    {
        LedgerRows.Set(c, "$namespace", run.Namespace);
        LedgerRows.Set(c, "$sha256", sha256);
        LedgerRows.Set(c, "$run", run.Uid);
    });

    private static int Execute(SqliteTransaction transaction, string text, Action<SqliteCommand> bind)
    {
        using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = text;
        bind(command);
        return command.ExecuteNonQuery();
    }

    private static List<string> Texts(SqliteTransaction transaction, string text, Action<SqliteCommand> bind)
    {
        using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = text;
        bind(command);
        using var rows = command.ExecuteReader();
        var texts = new List<string>();
        while (rows.Read())
            texts.Add(rows.GetString(0));
        return texts;
    }

    private static SqliteConnection Connect(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private static long Scalar(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return (long)command.ExecuteScalar()!;
    }
}
