using System.Text.Json.Serialization;
using Slipway.ApiServer.Audit;
using Slipway.Cli;

namespace Slipway.Host.Clusters;

/// <summary>
/// What <c>cluster.json</c> records of a cluster's audit log; null is the default of each. Paths are absolute. Unless it is told
/// otherwise, a cluster records who changed what and who read secrets.
/// </summary>
internal sealed record ClusterAudit
{
    /// <summary>In place of the file of a policy: the policy that is built in.</summary>
    public const string BuiltIn = "default";

    /// <summary>In place of the path of the log: nothing is recorded.</summary>
    public const string None = "none";

    /// <summary>File of the policy, or <see cref="BuiltIn"/>.</summary>
    public string? PolicyFile { get; init; }

    /// <summary>File of the log, or <see cref="None"/>.</summary>
    public string? LogPath { get; init; }

    /// <summary>Size of a file of the log, in MiB.</summary>
    public int? MaxSize { get; init; }

    /// <summary>How many closed files are kept; 0: all.</summary>
    public int? MaxBackup { get; init; }

    /// <summary>How many days closed files are kept; 0: for ever.</summary>
    public int? MaxAge { get; init; }

    /// <summary>Whether anything is recorded.</summary>
    [JsonIgnore]
    public bool IsOn => LogPath != None;

    /// <summary>What a cluster does from now on: what was asked for, and otherwise what it did before.</summary>
    public static ClusterAudit? Next(ClusterAudit? recorded, ClusterAudit? wish)
    {
        if (wish is null) return recorded;
        var next = new ClusterAudit
        {
            PolicyFile = wish.PolicyFile ?? recorded?.PolicyFile,
            // Who asks for a policy wants it followed again.
            LogPath = wish.LogPath ?? (wish.PolicyFile is not null && recorded?.LogPath == None ? null : recorded?.LogPath),
            MaxSize = wish.MaxSize ?? recorded?.MaxSize,
            MaxBackup = wish.MaxBackup ?? recorded?.MaxBackup,
            MaxAge = wish.MaxAge ?? recorded?.MaxAge,
        };
        return next == new ClusterAudit() ? null : next;
    }

    /// <summary>What the API server records; null: nothing.</summary>
    /// <param name="audit">What is recorded of the cluster.</param>
    /// <param name="path">File of the log where none was asked for.</param>
    /// <exception cref="CommandException">The policy cannot be read or is wrong, or there is no place for the log.</exception>
    public static AuditOptions? Options(ClusterAudit? audit, string path)
    {
        audit ??= new();
        if (!audit.IsOn) return null;
        var file = new AuditFileOptions(audit.LogPath ?? path);
        CheckPlace(file.Path);
        return new AuditOptions
        {
            Policy = audit.PolicyFile is { } policy and not BuiltIn ? AuditPolicyFile.Read(policy) : AuditPolicy.Default,
            File = file with
            {
                MaxBytes = audit.MaxSize is { } size ? (long)size << 20 : file.MaxBytes,
                MaxFiles = audit.MaxBackup ?? file.MaxFiles,
                MaxAge = audit.MaxAge is { } days ? TimeSpan.FromDays(days) : file.MaxAge,
            },
        };
    }

    // A log that cannot be begun is better told at the start than in the server's log.
    private static void CheckPlace(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"the audit log {path} cannot be written: {e.Message}");
        }
    }
}
