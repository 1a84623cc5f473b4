namespace Slipway.Node.Linux;

/// <summary>What statx(2) tells of the room that a file takes.</summary>
/// <param name="Identity">Its device and its number there.</param>
/// <param name="Links">How many names it has.</param>
/// <param name="Bytes">What it takes of the disk, holes not counted.</param>
/// <param name="IsDirectory">Whether it is a directory.</param>
internal readonly record struct FileSize((ulong Device, ulong Inode) Identity, uint Links, long Bytes, bool IsDirectory);
