using Slipway.Cli.Runs;
using Slipway.Client;
using Slipway.Flows;

namespace Slipway.Cli.Completion;

/// <summary>Names of a cluster that a word of a command line may be.</summary>
internal static class ClusterNames
{
    /// <summary>The names that begin as the word does; none where the word is no name of an object.</summary>
    public static async Task<IEnumerable<string>> OfAsync(CliContext context, UnfinishedLine line, CancellationToken cancellation)
    {
        if (line.Wanted is not ("RUN" or "RUN|BACKFILL" or "FLOW" or "FILE|FLOW" or "NAMESPACE")) return [];
        using var opened = context.Connect(new(Value("--name"), Value("--context")));
        var connection = Value("--namespace") is { Length: > 0 } ns ? opened with { Namespace = ns } : opened;
        var names = line.Wanted switch
        {
            "RUN" => (await RunsAsync()).Concat(await NamedRun.RecordedAsync(connection, cancellation)),
            "RUN|BACKFILL" => (await RunsAsync()).Concat(await BackfillsAsync()),
            "NAMESPACE" => (await connection.Api.ListAsync(AbsentName.Namespaces, null, null, cancellation)).Items.Select(n => n.Metadata.Name),
            _ => (await connection.Api.ListAsync(FlowKinds.Flows, connection.Namespace, null, cancellation)).Items.Select(f => f.Metadata.Name),
        };
        return names.Where(n => n.StartsWith(line.Begun, StringComparison.Ordinal));

        async Task<IEnumerable<string>> RunsAsync() => (await connection.Api.ListAsync(FlowKinds.Runs, connection.Namespace, null, cancellation)).Items.Select(r => r.Metadata.Name);

        async Task<IEnumerable<string>> BackfillsAsync() =>
            await NamedRun.IfAllowedAsync(async () => (await connection.Api.ListAsync(FlowKinds.Backfills, connection.Namespace, null, cancellation)).Items.Select(b => b.Metadata.Name).ToList()) ?? [];

        string? Value(string option) => line.Before.CommandResult.Command.Options.Any(o => o.Name == option) ? line.Before.GetValue<string?>(option) : null;
    }
}
