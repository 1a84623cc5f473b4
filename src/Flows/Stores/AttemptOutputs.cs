using System.Text;
using k8s.Models;

namespace Slipway.Flows;

/// <summary>What attempts left on this machine, by the reports of their pods.</summary>
internal sealed class AttemptOutputs(ArtifactStore store)
{
    /// <summary>The report of a pod, the stored one if it is too long for the pod's status; null if there is none.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async ValueTask<TaskReport?> ReportAsync(V1Pod pod, CancellationToken cancellation)
    {
        var report = TaskReport.Parse(AttemptReader.Termination(pod)?.Message);
        return report?.Stored is { Length: > 0 } hash && await store.ReadAsync(hash, cancellation) is { } whole ? TaskReport.Parse(Encoding.UTF8.GetString(whole)) : report;
    }

    /// <summary>All artifacts that a pod left: files, values, directories and the files in them, each once.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    public async ValueTask<IReadOnlyList<ArtifactContent>> OfAsync(V1Pod pod, CancellationToken cancellation)
    {
        if (await ReportAsync(pod, cancellation) is not { } report)
            return [];
        var contents = new List<ArtifactContent>();
        foreach (var directory in report.Files.Values.Where(f => f.IsDirectory))
        {
            if (await ListAsync(directory.Sha256, cancellation) is not { } manifest)
                continue;
            contents.AddRange(manifest.Entries.Where(e => e.Sha256 is not null).Select(e => new ArtifactContent(e.Sha256!, e.Size)));
            contents.Add(new ArtifactContent(manifest.Sha256, manifest.Content.Length));
        }

        contents.AddRange(report.Files.Values.Where(f => !f.IsDirectory).Select(f => new ArtifactContent(f.Sha256, f.Size)));
        contents.AddRange(report.Values.Values.Select(v => new ArtifactContent(v.Sha256, v.Size)));
        return [.. contents.Where(c => c.Sha256.Length > 0).DistinctBy(c => c.Sha256)];
    }

    // What is no directory after all is not kept as one: whoever reads it is told.
    private async ValueTask<DirectoryManifest?> ListAsync(string sha256, CancellationToken cancellation)
    {
        try
        {
            return await DirectoryManifest.ReadAsync(store, sha256, cancellation);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
