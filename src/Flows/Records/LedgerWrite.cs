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
public sealed record DirectoryMembers(string Directory, IReadOnlyList<string> Files)
{
    /// <summary>Those of a directory whose files are known.</summary>
    public static DirectoryMembers Of(string directory, FileListing files) => new(directory, [.. files.Files.Select(f => f.Sha256).Distinct()]);
}
