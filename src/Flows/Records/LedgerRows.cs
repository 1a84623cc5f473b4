using System.Data.Common;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Records as rows and back. Times are milliseconds since 1970.</summary>
internal static class LedgerRows
{
    public static void Bind(DbCommand command, RunRecord run, long fence)
    {
        Set(command, "@uid", run.Uid);
        Set(command, "@namespace", run.Namespace);
        Set(command, "@name", run.Name);
        Set(command, "@flow", run.Flow);
        Set(command, "@params", run.Params);
        Set(command, "@spec", run.Spec);
        Set(command, "@flows", run.Flows);
        Set(command, "@interval", run.Interval);
        Set(command, "@cause", run.Cause);
        Set(command, "@phase", run.Phase);
        Set(command, "@message", run.Message);
        Set(command, "@start", run.Start.ToUnixTimeMilliseconds());
        Set(command, "@end", run.End?.ToUnixTimeMilliseconds());
        Set(command, "@fence", fence);
    }

    public static void Bind(DbCommand command, string run, AttemptRecord attempt, long fence)
    {
        Set(command, "@run", run);
        Set(command, "@path", attempt.Path.Text);
        Set(command, "@task", attempt.Task);
        Set(command, "@index", attempt.Index ?? -1);
        Set(command, "@number", attempt.Number);
        Set(command, "@item", attempt.Item);
        Set(command, "@pod", attempt.Pod);
        Set(command, "@podUid", attempt.PodUid);
        Set(command, "@node", attempt.Node);
        Set(command, "@image", attempt.Image);
        Set(command, "@imageDigest", attempt.ImageDigest);
        Set(command, "@command", CelJson.ToCompactJson(new JsonArray([.. attempt.Command.Select(c => (JsonNode?)c)])));
        Set(command, "@params", attempt.Params);
        Set(command, "@start", attempt.Start?.ToUnixTimeMilliseconds());
        Set(command, "@end", attempt.End.ToUnixTimeMilliseconds());
        Set(command, "@cpuSeconds", attempt.CpuSeconds);
        Set(command, "@peakMemory", attempt.PeakMemoryBytes);
        Set(command, "@peakMemorySource", attempt.PeakMemorySource);
        Set(command, "@memoryLimit", attempt.MemoryLimitBytes);
        Set(command, "@cpuRequest", attempt.CpuRequestMilli);
        Set(command, "@exitCode", attempt.ExitCode);
        Set(command, "@reason", attempt.Reason);
        Set(command, "@message", attempt.Message);
        Set(command, "@inputs", CelJson.ToCompactJson(AttemptJson.Inputs(attempt)));
        Set(command, "@files", CelJson.ToCompactJson(AttemptJson.Files(attempt)));
        Set(command, "@values", CelJson.ToCompactJson(AttemptJson.Values(attempt)));
        Set(command, "@queued", attempt.Queued?.ToUnixTimeMilliseconds());
        Set(command, "@scheduled", attempt.Scheduled?.ToUnixTimeMilliseconds());
        Set(command, "@pulled", attempt.Pulled?.ToUnixTimeMilliseconds());
        Set(command, "@storageRead", attempt.StorageReadBytes);
        Set(command, "@storageWritten", attempt.StorageWrittenBytes);
        Set(command, "@networkReceived", attempt.NetworkReceivedBytes);
        Set(command, "@networkSent", attempt.NetworkSentBytes);
        Set(command, "@fence", fence);
    }

    public static void BindReplicas(DbCommand command, string run, AttemptRecord attempt)
    {
        Set(command, "@run", run);
        Set(command, "@path", attempt.Path.Text);
        Set(command, "@number", attempt.Number);
        Set(command, "@replicas", CelJson.ToCompactJson(AttemptJson.Replicas(attempt)));
    }

    public static void Bind(DbCommand command, ObjectKey sink, LineageDue due)
    {
        Set(command, "@sink", sink.ToString());
        Set(command, "@run", due.Run);
        Set(command, "@path", due.Path?.Text ?? "");
        Set(command, "@number", due.Number);
        Set(command, "@at", due.Time.ToUnixTimeMilliseconds());
    }

    public static void Bind(DbCommand command, string ns, CacheEntry result)
    {
        Set(command, "@namespace", ns);
        Set(command, "@key", result.Key);
        Set(command, "@scope", result.Identity.Scope);
        Set(command, "@identity", result.Identity.Text());
        Set(command, "@flow", result.Flow);
        Set(command, "@task", result.Path.Task);
        Set(command, "@path", result.Path.Text);
        Set(command, "@number", result.Number);
        Set(command, "@run", result.Run);
        Set(command, "@runName", result.RunName);
        Set(command, "@end", result.End.ToUnixTimeMilliseconds());
    }

    public static CacheEntry ReadResult(DbDataReader row) => new(
        row.GetString(0), CacheIdentity.Parse(row.GetString(1))!, row.GetString(2), row.GetString(3), TaskPath.TryParse(row.GetString(4))!, (int)row.GetInt64(5), Time(row.GetInt64(6)))
    {
        Flow = row.GetString(7),
    };

    public static void Set(DbCommand command, string name, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
    }

    public static RunRecord ReadRun(DbDataReader row) => new()
    {
        Uid = row.GetString(0),
        Namespace = row.GetString(1),
        Name = row.GetString(2),
        Flow = row.GetString(3),
        Params = row.GetString(4),
        Spec = row.GetString(5),
        Phase = row.GetString(6),
        Message = row.GetString(7),
        Start = Time(row.GetInt64(8)),
        End = TimeOrNull(row, 9),
        Flows = row.GetString(10),
        Interval = Text(row, 11),
        Cause = Text(row, 12),
    };

    public static AttemptRecord ReadAttempt(DbDataReader row) => new()
    {
        Path = TaskPath.TryParse(row.GetString(0)) ?? throw new FormatException($"the ledger's path {row.GetString(0)} is none"),
        Number = (int)row.GetInt64(1),
        Item = Text(row, 2),
        Pod = row.GetString(3),
        PodUid = row.GetString(4),
        Node = Text(row, 5),
        Image = row.GetString(6),
        ImageDigest = Text(row, 7),
        Command = [.. JsonNode.Parse(row.GetString(8))!.AsArray().Select(c => c!.GetValue<string>())],
        Params = row.GetString(9),
        Start = TimeOrNull(row, 10),
        End = Time(row.GetInt64(11)),
        CpuSeconds = row.IsDBNull(12) ? null : row.GetDouble(12),
        PeakMemoryBytes = Number(row, 13),
        PeakMemorySource = Text(row, 14),
        MemoryLimitBytes = Number(row, 15),
        CpuRequestMilli = Number(row, 16),
        ExitCode = (int?)Number(row, 17),
        Reason = row.GetString(18),
        Message = row.GetString(19),
        Inputs = AttemptJson.ParseInputs(row.GetString(20)),
        Files = AttemptJson.ParseFiles(row.GetString(21)),
        Values = AttemptJson.ParseValues(row.GetString(22)),
        Queued = TimeOrNull(row, 23),
        Scheduled = TimeOrNull(row, 24),
        Pulled = TimeOrNull(row, 25),
        StorageReadBytes = Number(row, 26),
        StorageWrittenBytes = Number(row, 27),
        NetworkReceivedBytes = Number(row, 28),
        NetworkSentBytes = Number(row, 29),
        Replicas = row.IsDBNull(30) ? [] : AttemptJson.ParseReplicas(row.GetString(30)),
    };

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static DateTimeOffset? TimeOrNull(DbDataReader row, int column) => Number(row, column) is { } milliseconds ? Time(milliseconds) : null;

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static long? Number(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
}
