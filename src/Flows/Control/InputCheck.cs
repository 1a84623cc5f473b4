namespace Slipway.Flows;

/// <summary>
/// Looks whether what pods are to read can be had, before they are created: a pod whose volume cannot be filled would wait for ever. Each artifact is looked
/// at once, however many of the pods read it.
/// </summary>
/// <param name="store">Where artifacts are.</param>
/// <param name="ledger">Knows which run has left them.</param>
internal sealed class InputCheck(ArtifactStore store, LedgerReader ledger)
{
    /// <summary>How many runs that have to do with an artifact are searched for the one that left it, the newest.</summary>
    private const int RunLimit = 20;

    private readonly Dictionary<string, bool> known = [];

    /// <summary>What is lost of a directory, by its hash; null for nothing.</summary>
    private readonly Dictionary<string, string?> directories = [];

    /// <summary>What to do about an input, by its hash.</summary>
    private readonly Dictionary<string, string> remedies = [];

    /// <summary>What is wrong with the first input that cannot be had, and what to do; null if all can.</summary>
    public async ValueTask<string?> FindProblemAsync(string ns, InputManifest inputs, CancellationToken cancellation)
    {
        foreach (var (path, sha256) in inputs.Entries)
        {
            if (sha256.Length == 0)
                continue;
            var lost = !await IsThereAsync(sha256, cancellation) ? sha256
                : InputManifest.IsDirectory(path) ? await LostOfAsync(sha256, cancellation) : null;
            if (lost is not null)
                return $"its input {path.TrimEnd('/')} cannot be read: {store.WhyNotHere(lost)}; {Remedy(ns, sha256)}";
        }

        return null;
    }

    private async ValueTask<string?> LostOfAsync(string directory, CancellationToken cancellation)
    {
        if (!directories.TryGetValue(directory, out var lost))
            directories[directory] = lost = await FindLostFileAsync(directory, cancellation);
        return lost;
    }

    private async ValueTask<string?> FindLostFileAsync(string directory, CancellationToken cancellation)
    {
        if (!store.HasHere(directory))
            return null; // it comes from elsewhere, and so do its files
        try
        {
            foreach (var file in (await DirectoryManifest.ReadAsync(store, directory, cancellation))?.Entries.Select(e => e.Sha256).OfType<string>() ?? [])
            {
                if (!await IsThereAsync(file, cancellation))
                    return file;
            }

            return null;
        }
        catch (FormatException)
        {
            return null; // whoever lays it out says so
        }
    }

    private async ValueTask<bool> IsThereAsync(string sha256, CancellationToken cancellation)
    {
        if (!known.TryGetValue(sha256, out var isThere))
            known[sha256] = isThere = await store.IsSoundAsync(sha256, cancellation) || store.Has(sha256);
        return isThere;
    }

    private string Remedy(string ns, string sha256)
    {
        if (!remedies.TryGetValue(sha256, out var remedy))
            remedies[sha256] = remedy = FindRemedy(ns, sha256);
        return remedy;
    }

    private string FindRemedy(string ns, string sha256)
    {
        foreach (var run in ledger.RunsOfArtifact(ns, sha256, RunLimit))
        {
            if (ledger.Attempts(run.Uid).FirstOrDefault(a => a.Files.Values.Any(f => f.Sha256 == sha256 || f.Listing?.Files.Any(l => l.Sha256 == sha256) == true)) is { } maker)
                return $"{maker.Path} of run {run.Name} left it: run that again with slipway rerun {run.Name} --from {maker.Path.Names.First()}";
        }

        return "run the task again that made it";
    }
}
