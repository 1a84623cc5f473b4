using Microsoft.Data.Sqlite;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Reads the ledger. The attempts of runs that are being planned are kept in memory.</summary>
public sealed class LedgerReader : IDisposable
{
    /// <summary>Whether a row of artifacts is about the content $b: by itself, or as a part of a directory.</summary>
    private const string HasContent = "(sha256 = $b OR sha256 IN (SELECT directory FROM members WHERE members.sha256 = $b))";

    private readonly SqliteConnection connection;
    private readonly Lock gate = new();
    private readonly Dictionary<string, List<AttemptRecord>> open = [];

    internal LedgerReader(SqliteConnection connection) => this.connection = connection;

    /// <summary>The recorded attempts of a run that is being planned; kept until <see cref="Forget"/>.</summary>
    public IReadOnlyList<AttemptRecord> AttemptsOfOpenRun(string runUid)
    {
        lock (gate)
        {
            if (!open.TryGetValue(runUid, out var attempts))
                open[runUid] = attempts = ReadAttempts(runUid);
            return attempts;
        }
    }

    /// <summary>The run has ended: nobody plans it any more.</summary>
    public void Forget(string runUid)
    {
        lock (gate)
            open.Remove(runUid);
    }

    /// <summary>Whether the attempts of a run are kept in memory.</summary>
    internal bool IsOpen(string runUid)
    {
        lock (gate)
            return open.ContainsKey(runUid);
    }

    /// <summary>The recorded attempts of a run, by task, index, path and number.</summary>
    public IReadOnlyList<AttemptRecord> Attempts(string runUid)
    {
        lock (gate)
            return ReadAttempts(runUid);
    }

    /// <summary>A recorded attempt; null if there is none.</summary>
    public AttemptRecord? Attempt(string runUid, TaskPath path, int number)
    {
        lock (gate)
        {
            using var command = Command($"SELECT {LedgerSchema.AttemptColumns} FROM attempts WHERE run = $a AND path = $b AND number = $c", runUid, path.Text);
            LedgerRows.Set(command, "$c", number);
            using var rows = command.ExecuteReader();
            return rows.Read() ? LedgerRows.ReadAttempt(rows) : null;
        }
    }

    /// <summary>A run by its uid; null if there is none.</summary>
    public RunRecord? Run(string uid) => Runs("uid = $a", "LIMIT 1", uid).FirstOrDefault();

    /// <summary>The newest run of a name; null if there is none.</summary>
    public RunRecord? NewestRun(string ns, string name) => Runs("namespace = $a AND name = $b", "ORDER BY start_ms DESC LIMIT 1", ns, name).FirstOrDefault();

    /// <summary>Runs of a namespace, newest first.</summary>
    public IReadOnlyList<RunRecord> Runs(string ns, RunFilter filter)
    {
        var conditions = new List<string> { "namespace = $ns" };
        using var command = connection.CreateCommand();
        LedgerRows.Set(command, "$ns", ns);
        Add("flow = $flow", "$flow", filter.Flow);
        Add("phase = $phase", "$phase", filter.Phase);
        Add("start_ms >= $since", "$since", filter.Since?.ToUnixTimeMilliseconds());
        Add("start_ms <= $before AND (start_ms < $before OR uid < $uid)", "$before", filter.After?.Start.ToUnixTimeMilliseconds());
        if (filter.After is { } after)
            LedgerRows.Set(command, "$uid", after.Uid);
        command.CommandText = $"SELECT {LedgerSchema.RunColumns} FROM runs WHERE {string.Join(" AND ", conditions)} ORDER BY start_ms DESC, uid DESC LIMIT {filter.Limit}";
        lock (gate)
            return ReadRuns(command);

        void Add(string condition, string name, object? value)
        {
            if (value is null)
                return;
            conditions.Add($"({condition})");
            LedgerRows.Set(command, name, value);
        }
    }

    /// <summary>
    /// Phases of runs by name, the newest run of each: of names from <paramref name="first"/> to <paramref name="last"/>, by their order as text. One that was
    /// deleted before it ended counts as not run, whatever an earlier one of its name has come to.
    /// </summary>
    public IReadOnlyDictionary<string, string> NewestPhases(string ns, string first, string last)
    {
        lock (gate)
        {
            using var command = Command("SELECT name, phase, message FROM runs WHERE namespace = $a AND name BETWEEN $b AND $c ORDER BY name, start_ms", ns, first);
            LedgerRows.Set(command, "$c", last);
            using var rows = command.ExecuteReader();
            var phases = new Dictionary<string, string>(StringComparer.Ordinal);
            while (rows.Read())
            {
                if (rows.GetString(2) == RunRecord.DeletedMessage)
                    phases.Remove(rows.GetString(0));
                else
                    phases[rows.GetString(0)] = rows.GetString(1);
            }

            return phases;
        }
    }

    /// <summary>The runs that have not ended.</summary>
    public IReadOnlyList<RunRecord> OpenRuns() => Runs("end_ms IS NULL", "");

    /// <summary>Whether a run of a namespace has read or written an artifact, or a directory that it lies in.</summary>
    public bool HasArtifact(string ns, string sha256)
    {
        lock (gate)
        {
            using var command = Command($"SELECT 1 FROM artifacts WHERE namespace = $a AND {HasContent} LIMIT 1", ns, sha256);
            return command.ExecuteScalar() is not null;
        }
    }

    /// <summary>The hashes of the artifacts of a namespace that begin so, files in directories included.</summary>
    public IReadOnlyList<string> ArtifactsThatBegin(string ns, string beginning, int limit)
    {
        lock (gate)
        {
            // The digits end with f, so that g is behind all of them.
            using var command = Command(
                $"""
                SELECT sha256 FROM artifacts WHERE namespace = $a AND sha256 >= $b AND sha256 < $b || 'g'
                UNION SELECT m.sha256 FROM members m JOIN artifacts a ON a.sha256 = m.directory WHERE a.namespace = $a AND m.sha256 >= $b AND m.sha256 < $b || 'g'
                ORDER BY 1 LIMIT {limit}
                """,
                ns, beginning);
            using var rows = command.ExecuteReader();
            return ReadTexts(rows);
        }
    }

    /// <summary>The newest runs of a namespace that have read or written an artifact, or a directory that it lies in.</summary>
    public IReadOnlyList<RunRecord> RunsOfArtifact(string ns, string sha256, int limit) =>
        Runs($"uid IN (SELECT run FROM artifacts WHERE namespace = $a AND {HasContent})", $"ORDER BY start_ms DESC LIMIT {limit}", ns, sha256);

    /// <summary>The directories that a file lies in.</summary>
    public IReadOnlyList<string> DirectoriesWith(string sha256)
    {
        lock (gate)
        {
            using var command = Command("SELECT directory FROM members WHERE sha256 = $a", sha256);
            using var rows = command.ExecuteReader();
            return ReadTexts(rows);
        }
    }

    /// <summary>Whether it is recorded what lies in a directory; of one without files there is nothing to record.</summary>
    public bool KnowsDirectory(string sha256)
    {
        lock (gate)
        {
            using var command = Command("SELECT 1 FROM members WHERE directory = $a LIMIT 1", sha256);
            return command.ExecuteScalar() is not null;
        }
    }

    /// <summary>The result of a key; null if there is none.</summary>
    public CacheEntry? CacheEntry(string ns, string key) => Result("namespace = $a AND key = $b", ns, key, null);

    /// <summary>The newest result of the same place in a flow, whatever it depends on; null if there is none.</summary>
    public CacheEntry? NearestCacheEntry(string ns, string scope, TaskPath path) => Result("namespace = $a AND scope = $b AND path = $c", ns, scope, path.Text);

    /// <summary>Whether a run of any namespace refers to an artifact, or a directory that is not removed yet holds it.</summary>
    public bool IsReferred(string sha256)
    {
        lock (gate)
        {
            using var command = Command("SELECT 1 FROM artifacts WHERE sha256 = $a UNION ALL SELECT 1 FROM members WHERE sha256 = $a LIMIT 1", sha256);
            return command.ExecuteScalar() is not null;
        }
    }

    /// <summary>Where the log of an attempt is kept; null if it is not.</summary>
    public LogRecord? Log(string runUid, TaskPath path, int number)
    {
        lock (gate)
        {
            using var command = Command("SELECT sha256, size, is_cut FROM logs WHERE run = $a AND path = $b AND number = $c", runUid, path.Text);
            LedgerRows.Set(command, "$c", number);
            using var rows = command.ExecuteReader();
            return rows.Read() ? new LogRecord(rows.GetString(0), rows.GetInt64(1), rows.GetInt64(2) != 0) : null;
        }
    }

    /// <summary>Memory in bytes that the items of a flow's tasks will get, by task and item.</summary>
    public IReadOnlyDictionary<(string Task, string Item), long> LearntMemory(string ns, string flow)
    {
        lock (gate)
        {
            using var command = Command("SELECT task, item, bytes FROM learnt_memory WHERE namespace = $a AND flow = $b", ns, flow);
            using var rows = command.ExecuteReader();
            var learnt = new Dictionary<(string, string), long>();
            while (rows.Read())
                learnt[(rows.GetString(0), rows.GetString(1))] = rows.GetInt64(2);
            return learnt;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    /// <summary>Takes over what has been committed.</summary>
    internal void Added(LedgerWrite write)
    {
        lock (gate)
        {
            if (!open.TryGetValue(write.Run.Uid, out var attempts))
                return;
            var fresh = write.Attempts.Where(a => !attempts.Exists(k => k.Path.Equals(a.Path) && k.Number == a.Number)).ToList();
            if (fresh.Count > 0)
                open[write.Run.Uid] = [.. attempts, .. fresh]; // readers hold the old list
        }
    }

    private CacheEntry? Result(string condition, string a, string b, string? c)
    {
        lock (gate)
        {
            using var command = Command($"SELECT {LedgerSchema.ResultColumns} FROM results WHERE {condition} ORDER BY end_ms DESC LIMIT 1", a, b);
            if (c is not null)
                LedgerRows.Set(command, "$c", c);
            using var rows = command.ExecuteReader();
            return rows.Read() ? LedgerRows.ReadResult(rows) : null;
        }
    }

    private List<AttemptRecord> ReadAttempts(string runUid)
    {
        using var command = Command($"SELECT {LedgerSchema.AttemptColumns} FROM attempts WHERE run = $a ORDER BY task, item_index, path, number", runUid);
        using var rows = command.ExecuteReader();
        var attempts = new List<AttemptRecord>();
        while (rows.Read())
            attempts.Add(LedgerRows.ReadAttempt(rows));
        return attempts;
    }

    private List<RunRecord> Runs(string condition, string tail, string? a = null, string? b = null)
    {
        lock (gate)
        {
            using var command = Command($"SELECT {LedgerSchema.RunColumns} FROM runs WHERE {condition} {tail}", a, b);
            return ReadRuns(command);
        }
    }

    private static List<string> ReadTexts(SqliteDataReader rows)
    {
        var texts = new List<string>();
        while (rows.Read())
            texts.Add(rows.GetString(0));
        return texts;
    }

    private static List<RunRecord> ReadRuns(SqliteCommand command)
    {
        using var rows = command.ExecuteReader();
        var runs = new List<RunRecord>();
        while (rows.Read())
            runs.Add(LedgerRows.ReadRun(rows));
        return runs;
    }

    private SqliteCommand Command(string text, string? a = null, string? b = null)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        if (a is not null)
            LedgerRows.Set(command, "$a", a);
        if (b is not null)
            LedgerRows.Set(command, "$b", b);
        return command;
    }
}
