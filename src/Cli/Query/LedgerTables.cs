using Slipway.Cli.Runs;
using Slipway.Flows;

namespace Slipway.Cli.Query;

/// <summary>The tables that <c>slipway query</c> has, made by DuckDB from what the ledger sends. They are described in docs/ledger.md.</summary>
internal static class LedgerTables
{
    /// <summary>Statements that make the tables from the file of an export: a line for each run and each attempt.</summary>
    /// <param name="file">Path of the file as an SQL literal.</param>
    public static string Create(string file) => $$"""
        CREATE TEMP TABLE export AS SELECT * FROM read_json({{file}}, format = 'newline_delimited', maximum_object_size = 268435456, columns = {
            run: 'STRUCT(name VARCHAR, "namespace" VARCHAR, uid VARCHAR, flow VARCHAR, params JSON, cause STRUCT("type" VARCHAR, "by" VARCHAR, message VARCHAR), phase VARCHAR, message VARCHAR, startTime TIMESTAMP, completionTime TIMESTAMP)',
            attempt: 'STRUCT(path VARCHAR, task VARCHAR, "index" INTEGER, item VARCHAR, attempt INTEGER, pod VARCHAR, node VARCHAR, image VARCHAR, imageDigest VARCHAR, command JSON,
                queuedTime TIMESTAMP, scheduledTime TIMESTAMP, pulledTime TIMESTAMP, startTime TIMESTAMP, completionTime TIMESTAMP,
                storageReadBytes BIGINT, storageWrittenBytes BIGINT, networkReceivedBytes BIGINT, networkSentBytes BIGINT, cpuSeconds DOUBLE, peakMemoryBytes BIGINT, peakMemorySource VARCHAR, memoryLimitBytes BIGINT, cpuRequestMilli BIGINT,
                exitCode INTEGER, reason VARCHAR, message VARCHAR, inputs STRUCT(path VARCHAR, sha256 VARCHAR)[], files MAP(VARCHAR, STRUCT(sha256 VARCHAR, size BIGINT, fileName VARCHAR, fileCount INTEGER)), replicas JSON[],
                "values" MAP(VARCHAR, STRUCT(sha256 VARCHAR, "value" JSON)))',
            runUid: 'VARCHAR'
        });
        CREATE TABLE runs AS SELECT run.name AS name, run."namespace" AS "namespace", run.uid AS uid, run.flow AS flow, run.phase AS phase, nullif(run.message, '') AS message, run.params AS params, run.cause."type" AS cause, run.cause."by" AS started_by, run.cause.message AS cause_message,
            run.startTime AS started, run.completionTime AS ended, epoch_ms(run.completionTime - run.startTime) / 1000 AS seconds
            FROM export WHERE run IS NOT NULL ORDER BY started;
        CREATE TABLE attempts AS SELECT r.name AS run, e.runUid AS run_uid, r."namespace" AS "namespace", r.flow AS flow, a.path AS path, a.task AS task, a."index" AS item_index, a.item AS item, a.attempt AS attempt, a.reason AS reason,
            nullif(a.message, '') AS message, a.exitCode AS exit_code, a.queuedTime AS queued, a.scheduledTime AS scheduled, a.pulledTime AS pulled,
            a.startTime AS started, a.completionTime AS ended, epoch_ms(a.completionTime - a.startTime) / 1000 AS seconds, epoch_ms(a.startTime - a.queuedTime) / 1000 AS waited_seconds,
            a.storageReadBytes AS storage_read_bytes, a.storageWrittenBytes AS storage_written_bytes, a.networkReceivedBytes AS network_received_bytes, a.networkSentBytes AS network_sent_bytes,
            a.cpuSeconds AS cpu_seconds, a.cpuRequestMilli / 1000 AS cpu_request, a.peakMemoryBytes AS peak_memory_bytes, a.peakMemorySource AS peak_memory_source,
            a.memoryLimitBytes AS memory_limit_bytes, a.node AS node, a.pod AS pod, a.image AS image, a.imageDigest AS image_digest, a.command AS command,
            coalesce(len(a.replicas), 1) AS replicas
            FROM (SELECT attempt AS a, runUid FROM export WHERE attempt IS NOT NULL) e JOIN runs r ON r.uid = e.runUid ORDER BY ended;
        CREATE TABLE artifacts AS
            SELECT r.name AS run, e.runUid AS run_uid, r."namespace" AS "namespace", r.flow AS flow, a.path AS path, a.task AS task, a."index" AS item_index, a.attempt AS attempt, o.direction AS direction, o.name AS name, o.sha256 AS sha256,
                o.size AS size, o.files AS file_count, o.value AS value, a.completionTime AS ended
            FROM (SELECT attempt AS a, runUid, unnest(list_concat(
                    list_transform(attempt.inputs, i -> {'direction': 'in', 'name': i.path, 'sha256': i.sha256, 'size': NULL::BIGINT, 'files': NULL::INTEGER, 'value': NULL::JSON}),
                    list_transform(map_entries(attempt.files), f -> {'direction': 'out', 'name': f.key, 'sha256': f.value.sha256, 'size': f.value.size, 'files': f.value.fileCount, 'value': NULL::JSON}),
                    list_transform(map_entries(attempt."values"), v -> {'direction': 'out', 'name': v.key, 'sha256': v.value.sha256, 'size': NULL::BIGINT, 'files': NULL::INTEGER, 'value': v.value."value"}))) AS o
                  FROM export WHERE attempt IS NOT NULL) e JOIN runs r ON r.uid = e.runUid ORDER BY ended;
        CREATE VIEW costs AS SELECT * REPLACE (if(cpu_unused_percent < 0, 0, cpu_unused_percent) AS cpu_unused_percent) FROM (SELECT "namespace", flow, task, count(DISTINCT run_uid) AS runs, count(*) AS attempts, count(*) FILTER (reason <> 'Succeeded') AS failed, sum(seconds) AS seconds,
            sum(cpu_seconds) AS cpu_seconds, sum(cpu_request * seconds * replicas) AS cpu_requested_seconds,
            sum(memory_limit_bytes / 1073741824 * seconds / 3600 * replicas) AS memory_requested_gib_hours, sum(peak_memory_bytes / 1073741824 * seconds / 3600 * replicas) AS memory_peak_gib_hours,
            max(peak_memory_bytes) AS peak_memory_bytes, max(memory_limit_bytes) AS memory_limit_bytes,
            round(100 * (1 - sum(cpu_seconds) FILTER (cpu_request IS NOT NULL) / nullif(sum(cpu_request * seconds * replicas), 0)), 1) AS cpu_unused_percent,
            round(100 * (1 - sum(peak_memory_bytes * seconds * replicas) FILTER (memory_limit_bytes IS NOT NULL) / nullif(sum(memory_limit_bytes * seconds * replicas), 0)), 1) AS memory_unused_percent
            FROM attempts WHERE pod <> '' GROUP BY "namespace", flow, task) ORDER BY "namespace", flow, seconds DESC;
        DROP TABLE export;
        """;

    /// <summary>Fills a database with the records of runs: by a file, from which DuckDB reads what does not fit into memory.</summary>
    public static async Task LoadAsync(QueryDatabase database, LedgerClient ledger, RunFilter filter, CancellationToken cancellation)
    {
        var file = Path.Combine(Path.GetTempPath(), $"slipway-query-{Guid.NewGuid():n}.ndjson");
        try
        {
            await using (var response = await ledger.ExportAsync(filter, cancellation))
            await using (var written = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
                await (response.Stream ?? new MemoryStream(response.Body.ToArray())).CopyToAsync(written, cancellation);
            database.Execute(Create(QueryDatabase.Quote(file)));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
