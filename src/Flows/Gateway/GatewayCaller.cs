namespace Slipway.Flows;

/// <summary>A pod of a flow that has shown its token.</summary>
/// <param name="ns">Its namespace.</param>
/// <param name="name">Its name.</param>
/// <param name="inputs">Hash of the manifest of what it reads; null if it reads nothing.</param>
internal sealed class GatewayCaller(string ns, string name, string? inputs)
{
    private (InputManifest Manifest, HashSet<string> Files)? read;

    public string Namespace => ns;

    /// <summary>What it is to read, and the hashes of the files in that, and in its directories.</summary>
    /// <exception cref="GatewayRefusalException">404: there is nothing.</exception>
    public async ValueTask<(InputManifest Manifest, HashSet<string> Files)> InputsAsync(ArtifactStore store, CancellationToken cancellation)
    {
        if (read is { } known)
            return known;
        if (inputs is null)
            throw new GatewayRefusalException(404, $"{this} has no inputs");
        if (await store.ReadAsync(inputs, cancellation) is not { } content)
            throw new GatewayRefusalException(404, $"the list of inputs {inputs} is not in the artifact store");
        var manifest = InputManifest.Parse(content);
        var files = manifest.Entries.Select(e => e.Value).ToHashSet();
        foreach (var (_, sha256) in manifest.Entries.Where(e => e.Value.Length > 0 && InputManifest.IsDirectory(e.Key)))
            files.UnionWith(await FilesOfAsync(store, sha256, cancellation));
        read = (manifest, files);
        return (manifest, files);
    }

    // What is no directory after all has nothing in it: whoever lays it out is told.
    private static async ValueTask<IEnumerable<string>> FilesOfAsync(ArtifactStore store, string sha256, CancellationToken cancellation)
    {
        try
        {
            return (await DirectoryManifest.ReadAsync(store, sha256, cancellation))?.Entries.Select(e => e.Sha256).OfType<string>() ?? [];
        }
        catch (FormatException)
        {
            return [];
        }
    }

    public override string ToString() => $"pod {ns}/{name}";
}
