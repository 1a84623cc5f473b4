namespace Slipway.Flows;

/// <summary>A regular file of a directory, as it was seen.</summary>
/// <param name="Name">Its name in the directory.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">When its content was last written.</param>
/// <param name="Changed">When anything of it was last changed: content, name, directory, owner or mode.</param>
public readonly record struct FileState(string Name, long Size, DateTimeOffset Modified, DateTimeOffset Changed);
