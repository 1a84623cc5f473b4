namespace Slipway.Flows;

/// <summary>A file of a directory, or an object of a bucket, as it was seen.</summary>
/// <param name="Name">Its name in the directory; the key of an object.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">When its content was last written.</param>
/// <param name="Changed">When anything of it was last changed: content, name, directory, owner or mode.</param>
/// <param name="Etag">Of an object, what the storage tells its versions apart by.</param>
public readonly record struct FileState(string Name, long Size, DateTimeOffset Modified, DateTimeOffset Changed, string Etag = "");
