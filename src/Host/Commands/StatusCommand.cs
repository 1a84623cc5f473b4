using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Cli.Output;
using Slipway.Host.Clusters;

namespace Slipway.Host.Commands;

/// <summary><c>slipway status</c>: what runs of a cluster, where, since when and with how much memory.</summary>
internal static class StatusCommand
{
    public static Command Create(CliContext context, ClusterRegistry clusters)
    {
        var options = new ClusterOptions();
        var output = OutputFormats.Option();
        var command = new Command("status", "Show a cluster's components, addresses, memory and uptime; exit code 1 unless it is ready") { output };
        options.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var cluster = clusters.Get(parsed.GetRequiredValue(options.Name));
            var status = await ClusterStatus.ReadAsync(cluster, clusters.Paths.Of(cluster), cancellation);
            var format = OutputFormats.Parse(parsed.GetValue(output));
            if (format == OutputFormat.Table) await context.Out.WriteAsync(Text(status));
            else await DocumentPrinter.PrintAsync(context.Out, Document(status), format);
            return status.State == ClusterStatus.Ready ? ExitCodes.Succeeded : ExitCodes.Failed;
        });
        return command;
    }

    internal static string Text(ClusterStatus status)
    {
        List<(string, string)> facts =
        [
            ("Cluster", status.Cluster.Name),
            ("State", status.State),
            ("API", $"https://127.0.0.1:{status.Cluster.ApiPort}"),
            ("Node address", $"{status.Cluster.Network.NodeAddress}"),
            ("Pods", status.Cluster.PodCidr),
            ("Data", status.Cluster.DataDirectory),
        ];
        if (status.Uptime is { } uptime) facts.Add(("Uptime", Duration(uptime)));
        var text = string.Concat(facts.Select(f => $"{f.Item1,-14}{f.Item2}\n"));
        if (status.Components.Count == 0) return text;
        List<IReadOnlyList<string>> rows = [["COMPONENT", "STATE", "PID", "MEMORY", "NOTE"]];
        rows.AddRange(status.Components.Select(c => (IReadOnlyList<string>)[c.Name, c.State, c.ProcessId?.ToString(CultureInfo.InvariantCulture) ?? "", c.MemoryBytes is { } bytes ? Megabytes(bytes) : "", c.Note ?? ""]));
        return text + "\n" + Cli.Resources.TableView.Pad(rows);
    }

    internal static JsonObject Document(ClusterStatus status) => new()
    {
        ["name"] = status.Cluster.Name,
        ["id"] = status.Cluster.Id,
        ["state"] = status.State,
        ["server"] = $"https://127.0.0.1:{status.Cluster.ApiPort}",
        ["nodeAddress"] = $"{status.Cluster.Network.NodeAddress}",
        ["podCidr"] = status.Cluster.PodCidr,
        ["dataDirectory"] = status.Cluster.DataDirectory,
        ["uptimeSeconds"] = status.Uptime is { } uptime ? Math.Round(uptime.TotalSeconds, 1) : null,
        ["components"] = new JsonArray([.. status.Components.Select(c => new JsonObject
        {
            ["name"] = c.Name,
            ["state"] = c.State,
            ["processId"] = c.ProcessId,
            ["memoryBytes"] = c.MemoryBytes,
            ["note"] = c.Note,
        })]),
    };

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB");

    private static string Duration(TimeSpan time) => time.TotalHours >= 24
        ? $"{(int)time.TotalDays} d {time.Hours} h"
        : time.TotalMinutes >= 60 ? $"{time.Hours} h {time.Minutes} min" : time.TotalSeconds >= 60 ? $"{time.Minutes} min {time.Seconds} s" : $"{time.Seconds} s";
}
