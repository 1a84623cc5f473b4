namespace Slipway.Flows;

/// <summary>What lies in a directory that was stored: a file, a symbolic link or, with neither hash nor target, a directory.</summary>
/// <param name="Path">Where, relative to the directory, with slashes: <c>weights/00001.bin</c>.</param>
public sealed record DirectoryEntry(string Path)
{
    /// <summary>Hash of a file's content, 64 hex digits.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Size of a file in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Whether a file may be executed; all that is kept of its mode.</summary>
    public bool IsExecutable { get; init; }

    /// <summary>Target of a symbolic link as it was written, wherever it leads.</summary>
    public string? Link { get; init; }

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => Sha256 is null && Link is null;
}
