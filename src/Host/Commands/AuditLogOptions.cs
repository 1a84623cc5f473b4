using System.CommandLine;
using Slipway.Cli;
using Slipway.Host.Clusters;

namespace Slipway.Host.Commands;

/// <summary>The options of the audit log, under the names that kube-apiserver gives them.</summary>
internal sealed class AuditLogOptions
{
    public Option<string?> PolicyFile { get; } = new("--audit-policy-file") { Description = $"Policy (audit.k8s.io/v1) that says which requests are recorded; by default \"{ClusterAudit.BuiltIn}\": who changed what, and who read secrets", HelpName = "FILE" };

    public Option<string?> LogPath { get; } = new("--audit-log-path") { Description = $"File of the audit log; by default /var/lib/slipway/NAME/audit.log; \"{ClusterAudit.None}\": nothing is recorded", HelpName = "FILE" };

    public Option<int?> MaxSize { get; } = new("--audit-log-maxsize") { Description = "Size in MiB at which the file is closed and another begun; by default 100", HelpName = "MIB" };

    public Option<int?> MaxBackup { get; } = new("--audit-log-maxbackup") { Description = "How many closed files are kept; 0: all; by default 10", HelpName = "COUNT" };

    public Option<int?> MaxAge { get; } = new("--audit-log-maxage") { Description = "How many days closed files are kept; 0: for ever; by default 30", HelpName = "DAYS" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { PolicyFile, LogPath, MaxSize, MaxBackup, MaxAge }) command.Options.Add(option);
        Check(MaxSize, 1, 1 << 20, "MiB");
        Check(MaxBackup, 0, int.MaxValue, "files");
        Check(MaxAge, 0, 100_000, "days");
    }

    /// <summary>What was asked for; null: nothing.</summary>
    /// <exception cref="CommandException">The policy cannot be read or is wrong.</exception>
    public ClusterAudit? Wish(ParseResult parsed)
    {
        var wish = new ClusterAudit
        {
            PolicyFile = Full(parsed.GetValue(PolicyFile), ClusterAudit.BuiltIn),
            LogPath = Full(parsed.GetValue(LogPath), ClusterAudit.None),
            MaxSize = parsed.GetValue(MaxSize),
            MaxBackup = parsed.GetValue(MaxBackup),
            MaxAge = parsed.GetValue(MaxAge),
        };
        // What is wrong must not be recorded: the cluster would not start again.
        if (wish.PolicyFile is { } file and not ClusterAudit.BuiltIn) AuditPolicyFile.Read(file);
        return wish == new ClusterAudit() ? null : wish;
    }

    private static void Check(Option<int?> option, int least, int most, string unit) => option.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var number) || number < least || number > most))
            result.AddError($"{option.Name} {token.Value} is no number of {unit}; give {least} or more.");
    });

    private static string? Full(string? path, string word) => path is null || path == word ? path : Path.GetFullPath(path);
}
