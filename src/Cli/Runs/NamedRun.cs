using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;
using Slipway.Flows;

namespace Slipway.Cli.Runs;

/// <summary>Finds the run that a command names: its record, which outlives it, and the run itself, which may not be recorded yet.</summary>
internal static class NamedRun
{
    private const int NamesRead = 1000;

    /// <summary>The record.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public static async Task<JsonObject> RecordAsync(ApiConnection connection, string name, CancellationToken cancellation)
    {
        if (await new LedgerClient(connection).FindAsync(name, cancellation) is { } record) return record;
        throw await connection.Api.GetAsync(FlowKinds.Runs, connection.Namespace, name, cancellation) switch
        {
            null => await AbsentAsync(connection, name, cancellation),
            { Status.StartTime: not null } => new CommandException($"nothing is recorded of run {name} yet, since no attempt in it has ended; \"slipway runs show {name}\" shows what it does"),
            var run => new CommandException($"run {name} has not started yet: {run.Status?.Message ?? "it waits for the flow controller"}"),
        };
    }

    /// <summary>Says that there is no such run.</summary>
    public static async Task<CommandException> AbsentAsync(ApiConnection connection, string name, CancellationToken cancellation)
    {
        var others = (await connection.Api.ListAsync(FlowKinds.Runs, connection.Namespace, null, cancellation)).Items.Select(r => r.Metadata.Name);
        return await AbsentName.SayAsync(connection, FlowKinds.Runs, "run", name, others.Concat(await RecordedAsync(connection, cancellation)).Distinct(), "slipway runs", cancellation);
    }

    /// <summary>What is live, for who may read it: who reads the records may not be allowed to.</summary>
    /// <returns>Null if it is not there, or may not be read.</returns>
    public static async Task<T?> IfAllowedAsync<T>(Func<Task<T?>> read) where T : class
    {
        try
        {
            return await read();
        }
        catch (ApiException e) when (e.Code == 403)
        {
            return null;
        }
    }

    /// <summary>The names that the ledger has; none where it may not be read, or is not served (404) or not now (503): who may act on runs may not be allowed to read the records.</summary>
    public static async Task<IEnumerable<string>> RecordedAsync(ApiConnection connection, CancellationToken cancellation)
    {
        try
        {
            var records = await new LedgerClient(connection).ListAsync(new RunFilter { Limit = NamesRead }, cancellation);
            return records["items"]!.AsArray().Select(r => (string)r!["name"]!);
        }
        catch (ApiException e) when (e.Code is 403 or 404 or 503)
        {
            return [];
        }
    }
}
