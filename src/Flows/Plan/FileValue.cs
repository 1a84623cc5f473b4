using System.Globalization;
using Slipway.Api.Cel;

namespace Slipway.Flows;

/// <summary>
/// A stored file as expressions see it: a map with sha256, size, name and, from a forEach, index; with path where it is one of a directory. Of a directory, files are what
/// lies in it, which no JSON of the map has.
/// </summary>
internal sealed class FileValue(FileRecord file, int? index, string? path = null) : CelMap(Entries(file, index, path))
{
    public FileRecord File { get; } = file;

    /// <summary>Index of the item that made it; null from a task without forEach.</summary>
    public int? Index { get; } = index;

    /// <summary>Where it lies in the directory that it is of; null for one that is an output itself.</summary>
    public string? Path { get; } = path;

    public override CelValue? Get(CelValue key) => key is CelString { Value: "files" } && Path is null ? Files : base.Get(key);

    private CelValue Files => File switch
    {
        { Listing: { } listing } => listing.Values,
        { IsDirectory: false } => new CelError($"{File.FileName} is a file, and only a directory has files; leave a directory"),
        { FileCount: > FileListing.Limit and var count } => new CelError(string.Create(CultureInfo.InvariantCulture, $"{File.FileName} has {count} files, and expressions can read a list of {FileListing.Limit}; put several into one")),
        _ => new CelError($"which files lie in {File.FileName} is not known, since it could not be read; run the task again that left it"),
    };

    private static IEnumerable<KeyValuePair<string, CelValue>> Entries(FileRecord file, int? index, string? path)
    {
        yield return new("sha256", new CelString(file.Sha256));
        yield return new("size", new CelInt(file.Size));
        yield return new("name", new CelString(file.FileName));
        if (index is { } i)
            yield return new("index", new CelInt(i));
        if (path is not null)
            yield return new("path", new CelString(path));
    }
}
