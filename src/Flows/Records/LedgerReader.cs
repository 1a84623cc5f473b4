using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Reads the ledger. The attempts of runs that are being planned, and what flows have learnt, are kept in memory.</summary>
public sealed class LedgerReader : IDisposable
{
    /// <summary>Whether a row of artifacts is about the content @b: by itself, or as a part of a directory.</summary>
    private const string HasContent = "(sha256 = @b OR sha256 IN (SELECT directory FROM members WHERE members.sha256 = @b))";

    private readonly LedgerDatabase database;
    private readonly Lock gate = new();
    private readonly Dictionary<string, OpenRun> open = [];
    private readonly Dictionary<(string Namespace, string Flow), FlowMemory> memory = [];
    private readonly LedgerConnection connection;

    internal LedgerReader(LedgerDatabase database) => (this.database, connection) = (database, new LedgerConnection(database));

    /// <summary>The recorded attempts of a run that is being planned; kept until <see cref="Forget"/>.</summary>
    public IReadOnlyList<AttemptRecord> AttemptsOfOpenRun(string runUid)
    {
        lock (gate)
        {
            if (!open.TryGetValue(runUid, out var run))
            {
                var attempts = Attempts(runUid);
                open[runUid] = run = new OpenRun(attempts, [.. attempts.Select(a => (a.Path, a.Number))]);
            }

            return run.Attempts;
        }
    }

    /// <summary>The run has ended: nobody plans it any more.</summary>
    public void Forget(string runUid)
    {
        lock (gate)
            open.Remove(runUid);
    }

    /// <summary>Another process may have written: nothing that is kept in memory is to be relied on.</summary>
    internal void ForgetAll()
    {
        lock (gate)
        {
            open.Clear();
            memory.Clear();
        }
    }

    /// <summary>Whether the attempts of a run are kept in memory.</summary>
    internal bool IsOpen(string runUid)
    {
        lock (gate)
            return open.ContainsKey(runUid);
    }

    /// <summary>The recorded attempts of a run, by task, index, path and number.</summary>
    public IReadOnlyList<AttemptRecord> Attempts(string runUid) =>
        All($"SELECT {LedgerSchema.AttemptColumns} FROM attempts WHERE run = @a ORDER BY task, item_index, path, number", LedgerRows.ReadAttempt, runUid);

    /// <summary>The recorded attempts of a run, in no order: from memory while it is being planned.</summary>
    internal IReadOnlyList<AttemptRecord> KnownAttempts(string runUid)
    {
        lock (gate)
            return open.TryGetValue(runUid, out var run) ? run.Attempts : Attempts(runUid);
    }

    /// <summary>A recorded attempt; null if there is none.</summary>
    public AttemptRecord? Attempt(string runUid, TaskPath path, int number) =>
        All($"SELECT {LedgerSchema.AttemptColumns} FROM attempts WHERE run = @a AND path = @b AND number = @c", LedgerRows.ReadAttempt, runUid, path.Text, number).FirstOrDefault();

    /// <summary>A run by its uid; null if there is none.</summary>
    public RunRecord? Run(string uid) => Runs("uid = @a", "LIMIT 1", uid).FirstOrDefault();

    /// <summary>The newest run of a name; null if there is none.</summary>
    public RunRecord? NewestRun(string ns, string name) => Runs("namespace = @a AND name = @b", "ORDER BY start_ms DESC LIMIT 1", ns, name).FirstOrDefault();

    /// <summary>Runs of a namespace, or of all when it is null, newest first.</summary>
    public IReadOnlyList<RunRecord> Runs(string? ns, RunFilter filter)
    {
        var (conditions, values) = (new List<string> { "1 = 1" }, new List<object>());
        Add("namespace = {0}", ns);
        Add("flow = {0}", filter.Flow);
        Add("phase = {0}", filter.Phase);
        Add("start_ms >= {0}", filter.Since?.ToUnixTimeMilliseconds());
        if (filter.After is { } after)
        {
            var start = Name(after.Start.ToUnixTimeMilliseconds());
            conditions.Add($"(start_ms < {start} OR (start_ms = {start} AND uid < {Name(after.Uid)}))");
        }

        return Runs(string.Join(" AND ", conditions), $"ORDER BY start_ms DESC, uid DESC LIMIT {filter.Limit}", [.. values]);

        void Add(string condition, object? value)
        {
            if (value is not null)
                conditions.Add(string.Format(CultureInfo.InvariantCulture, condition, Name(value)));
        }

        string Name(object value)
        {
            values.Add(value);
            return Parameter(values.Count - 1);
        }
    }

    /// <summary>
    /// Runs by name, the newest of each: of names from <paramref name="first"/> to <paramref name="last"/>, by their order as text. One that was
    /// deleted before it ended counts as not run, whatever an earlier one of its name has come to.
    /// </summary>
    internal IReadOnlyDictionary<string, IntervalRun> NewestRuns(string ns, string first, string last)
    {
        var newest = new Dictionary<string, IntervalRun>(StringComparer.Ordinal);
        foreach (var (run, isDeleted) in IntervalRuns("name BETWEEN @b AND @c ORDER BY name, start_ms", ns, first, last))
        {
            if (isDeleted)
                newest.Remove(run.Name);
            else
                newest[run.Name] = run;
        }

        return newest;
    }

    /// <summary>The runs of a flow for an interval that people started, reruns among them; without those that were deleted before they ended.</summary>
    internal IReadOnlyList<IntervalRun> RunsByHand(string ns, string flow) =>
        [.. IntervalRuns($"flow = @b AND interval IS NOT NULL AND (cause LIKE '%\"type\":\"{RunCause.Rerun}\"%' OR cause LIKE '%\"type\":\"{RunCause.User}\"%')", ns, flow).Where(r => !r.IsDeleted).Select(r => r.Run)];

    private List<(IntervalRun Run, bool IsDeleted)> IntervalRuns(string condition, params object[] values) => All(
        $"SELECT name, phase, start_ms, interval, params, message, cause FROM runs WHERE namespace = @a AND {condition}",
        row => (
            new IntervalRun(
                row.GetString(0), row.GetString(1), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)).UtcDateTime,
                row.IsDBNull(3) ? null : JsonSerializer.Deserialize(row.GetString(3), KindsJson.Default.DataInterval), JsonNode.Parse(row.GetString(4)) as JsonObject,
                row.IsDBNull(6) ? null : JsonSerializer.Deserialize(row.GetString(6), KindsJson.Default.RunCause)),
            row.GetString(5) == RunRecord.DeletedMessage),
        values);

    /// <summary>Phase of the run of the same flow that ended last before one started; null if none did.</summary>
    public string? PhaseBefore(RunRecord run) => All(
        "SELECT phase FROM runs WHERE namespace = @a AND flow = @b AND uid <> @c AND end_ms IS NOT NULL AND phase <> 'Skipped' AND message <> @e AND start_ms <= @d ORDER BY end_ms DESC LIMIT 1",
        row => row.GetString(0), run.Namespace, run.Flow, run.Uid, run.Start.ToUnixTimeMilliseconds(), RunRecord.DeletedMessage).FirstOrDefault();

    /// <summary>The runs that have not ended.</summary>
    public IReadOnlyList<RunRecord> OpenRuns() => Runs("end_ms IS NULL", "");

    /// <summary>Whether a run of a namespace has read or written an artifact, or a directory that it lies in.</summary>
    public bool HasArtifact(string ns, string sha256) => Any($"FROM artifacts WHERE namespace = @a AND {HasContent}", ns, sha256);

    /// <summary>The hashes of the artifacts of a namespace that begin so, files in directories included.</summary>
    public IReadOnlyList<string> ArtifactsThatBegin(string ns, string beginning, int limit) => All(
        // The digits end with f, so that g is behind all of them.
        $"""
        SELECT sha256 FROM artifacts WHERE namespace = @a AND sha256 >= @b AND sha256 < @b || 'g'
        UNION SELECT m.sha256 FROM members m JOIN artifacts a ON a.sha256 = m.directory WHERE a.namespace = @a AND m.sha256 >= @b AND m.sha256 < @b || 'g'
        ORDER BY 1 LIMIT {limit}
        """,
        row => row.GetString(0), ns, beginning);

    /// <summary>The newest runs of a namespace that have read or written an artifact, or a directory that it lies in.</summary>
    public IReadOnlyList<RunRecord> RunsOfArtifact(string ns, string sha256, int limit) =>
        Runs($"uid IN (SELECT run FROM artifacts WHERE namespace = @a AND {HasContent})", $"ORDER BY start_ms DESC LIMIT {limit}", ns, sha256);

    /// <summary>The directories that a file lies in.</summary>
    public IReadOnlyList<string> DirectoriesWith(string sha256) => All("SELECT directory FROM members WHERE sha256 = @a", row => row.GetString(0), sha256);

    /// <summary>Whether it is recorded what lies in a directory; of one without files there is nothing to record.</summary>
    public bool KnowsDirectory(string sha256) => Any("FROM members WHERE directory = @a", sha256);

    /// <summary>The result of a key; null if there is none.</summary>
    public CacheEntry? CacheEntry(string ns, string key) => Result("namespace = @a AND key = @b", ns, key);

    /// <summary>The newest result of the same place in a flow, whatever it depends on; null if there is none.</summary>
    public CacheEntry? NearestCacheEntry(string ns, string scope, TaskPath path) => Result("namespace = @a AND scope = @b AND path = @c", ns, scope, path.Text);

    /// <summary>Whether a run of any namespace refers to an artifact, or a directory that is not removed yet holds it.</summary>
    public bool IsReferred(string sha256) => Any("FROM artifacts WHERE sha256 = @a", sha256) || Any("FROM members WHERE sha256 = @a", sha256);

    /// <summary>What was let go and may lie on this machine still.</summary>
    public IReadOnlyList<string> Released() => All(LedgerSchema.SelectReleased, row => row.GetString(0));

    /// <summary>Where the log of an attempt is kept; null if it is not.</summary>
    public LogRecord? Log(string runUid, TaskPath path, int number) => All(
        "SELECT sha256, size, is_cut FROM logs WHERE run = @a AND path = @b AND number = @c",
        row => new LogRecord(row.GetString(0), row.GetInt64(1), row.GetInt64(2) != 0), runUid, path.Text, number).FirstOrDefault();

    /// <summary>What a sink of lineage is to be told next, the oldest first.</summary>
    internal IReadOnlyList<LineageDue> LineageDue(ObjectKey sink, int limit) => All(
        $"{LedgerSchema.SelectLineage} LIMIT {limit}",
        row => new LineageDue(row.GetString(0), TaskPath.TryParse(row.GetString(1)), (int)row.GetInt64(2), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3))), sink.ToString());

    /// <summary>The sinks of lineage that something is due to, whether they are still there or not.</summary>
    internal IReadOnlyList<ObjectKey> SinksWithLineageDue() =>
        All("SELECT DISTINCT sink FROM lineage ORDER BY sink", row => row.GetString(0).Split('/', 2) is [var ns, var name] ? new ObjectKey(ns, name) : new("", row.GetString(0)));

    /// <summary>What is known of the memory that the tasks of a flow need.</summary>
    public FlowMemory Memory(string ns, string flow)
    {
        lock (gate)
        {
            if (!memory.TryGetValue((ns, flow), out var known))
            {
                var learnt = All("SELECT task, item, bytes FROM learnt_memory WHERE namespace = @a AND flow = @b", Row, ns, flow);
                // Attempts are gone through only where items have learnt something, which tasks of most flows never do.
                var enough = learnt.TrueForAll(l => l.Item.Length == 0) ? [] : All(LedgerSchema.SelectEnoughMemory, Row, ns, flow);
                memory[(ns, flow)] = known = new FlowMemory(
                    learnt.ToDictionary(l => (l.Task, l.Item), l => l.Bytes), enough.DistinctBy(e => (e.Task, LearntMemory.KeyOf(e.Item))).ToDictionary(e => (e.Task, LearntMemory.KeyOf(e.Item)), e => e.Bytes));
            }

            return known;
        }

        static (string Task, string Item, long Bytes) Row(DbDataReader row) => (row.GetString(0), row.GetString(1), row.GetInt64(2));
    }

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    /// <summary>Takes over what has been committed.</summary>
    internal void Added(LedgerWrite write)
    {
        lock (gate)
        {
            if (write.Learnt.Count > 0 || write.Run.End is not null)
                memory.Remove((write.Run.Namespace, write.Run.Flow));
            if (!open.TryGetValue(write.Run.Uid, out var run))
                return;
            var fresh = write.Attempts.Where(a => run.Known.Add((a.Path, a.Number))).ToList();
            if (fresh.Count > 0)
                open[write.Run.Uid] = run with { Attempts = [.. run.Attempts, .. fresh] }; // readers hold the old list
        }
    }

    private CacheEntry? Result(string condition, params object[] values) =>
        All($"SELECT {LedgerSchema.ResultColumns} FROM results WHERE {condition} ORDER BY end_ms DESC LIMIT 1", LedgerRows.ReadResult, values).FirstOrDefault();

    private List<RunRecord> Runs(string condition, string tail, params object[] values) =>
        All($"SELECT {LedgerSchema.RunColumns} FROM runs WHERE {condition} {tail}", LedgerRows.ReadRun, values);

    private bool Any(string rest, params object[] values) => All($"SELECT 1 {rest} LIMIT 1", _ => true, values).Count > 0;

    /// <summary>Reads rows. Values are the parameters <c>@a</c>, <c>@b</c> and so on.</summary>
    /// <exception cref="LedgerUnavailableException">The database refuses or is away.</exception>
    internal List<T> All<T>(string text, Func<DbDataReader, T> read, params object[] values)
    {
        lock (gate)
        {
            try
            {
                return connection.Run(open => All(open, text, read, values));
            }
            catch (DbException e)
            {
                throw database.Unavailable("read", e);
            }
        }
    }

    private static List<T> All<T>(DbConnection connection, string text, Func<DbDataReader, T> read, object[] values)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        for (var i = 0; i < values.Length; i++)
            LedgerRows.Set(command, Parameter(i), values[i]);
        using var rows = command.ExecuteReader();
        var found = new List<T>();
        while (rows.Read())
            found.Add(read(rows));
        return found;
    }

    /// <summary>What is kept of a run that is being planned.</summary>
    /// <param name="Attempts">Its recorded attempts: never changed, only replaced.</param>
    /// <param name="Known">Which attempts these are, so that none of many has to be looked for.</param>
    private sealed record OpenRun(IReadOnlyList<AttemptRecord> Attempts, HashSet<(TaskPath Path, int Number)> Known);

    private static string Parameter(int index) => $"@{(char)('a' + index)}";
}
