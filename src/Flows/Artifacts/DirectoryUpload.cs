namespace Slipway.Flows;

/// <summary>
/// Takes a directory that slipway-task sends entry by entry. The list of it is made here, of what has come: a task cannot name content that it does not have.
/// </summary>
internal static class DirectoryUpload
{
    /// <summary>Stores the files, all at once when all have come, and then the list of them.</summary>
    /// <exception cref="ProtocolViolationException">It is no directory, or too large.</exception>
    /// <exception cref="ArtifactRefusedException">It is not taken.</exception>
    public static async ValueTask<DirectoryManifest> ReceiveAsync(string name, EndpointReader reader, IArtifactSink store, CancellationToken cancellation)
    {
        var entries = new List<DirectoryEntry>();
        await using var files = store.BeginBatch();
        while (await reader.LineAsync(cancellation) is var line && line != "end")
        {
            if (entries.Count == DirectoryManifest.EntryLimit)
                throw new ProtocolViolationException($"{name} has more than {DirectoryManifest.EntryLimit} entries; leave an archive of it");
            entries.Add((line ?? throw new IOException("the directory ended early")).Split(' ') switch
            {
                ["dir", var path] => new DirectoryEntry(Text(path)),
                ["link", var path, var target] => new DirectoryEntry(Text(path)) { Link = Text(target) },
                [("file" or "executable") and var kind, var path, var size] => await FileAsync(Text(path), TaskEndpoint.Size(Text(path), size, long.MaxValue), kind == "executable"),
                _ => throw new ProtocolViolationException($"unknown entry {line} of {name}"),
            });
        }

        try
        {
            var manifest = DirectoryManifest.Of(entries);
            await files.CommitAsync(cancellation); // before the list: what is listed is there
            await store.WriteAsync(manifest.Content, cancellation);
            return manifest;
        }
        catch (FormatException e)
        {
            throw new ProtocolViolationException(e.Message);
        }

        async ValueTask<DirectoryEntry> FileAsync(string path, long size, bool isExecutable) =>
            new(path) { Sha256 = await files.AddAsync(size, writer => reader.CopyAsync(size, writer, cancellation), cancellation), Size = size, IsExecutable = isExecutable };
    }

    private static string Text(string encoded) => Uri.UnescapeDataString(encoded);
}
