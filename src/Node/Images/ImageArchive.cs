using System.Formats.Tar;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Node.Images;

/// <summary>Reads and completes the names of the images in an OCI or docker archive.</summary>
internal static class ImageArchive
{
    /// <summary>Names in a docker archive (<c>manifest.json</c>) or an OCI archive (<c>index.json</c>).</summary>
    /// <exception cref="InvalidDataException">It is neither.</exception>
    public static async Task<ImageArchiveNames> ReadNamesAsync(string file, CancellationToken cancellation)
    {
        JsonNode? index = null, manifest = null;
        await using var stream = File.OpenRead(file);
        try
        {
            await using var tar = new TarReader(stream);
            while (await tar.GetNextEntryAsync(copyData: false, cancellation) is { } entry)
            {
                if (entry.DataStream is null)
                    continue;
                switch (Normal(entry.Name))
                {
                    case "index.json": index = await JsonNode.ParseAsync(entry.DataStream, cancellationToken: cancellation); break;
                    case "manifest.json": manifest = await JsonNode.ParseAsync(entry.DataStream, cancellationToken: cancellation); break;
                }
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new InvalidDataException($"{file} is not an image archive: {failure.Message}");
        }
        return Names(index, manifest)
            ?? throw new InvalidDataException($"{file} is not an image archive: it has neither an index.json (OCI) nor a manifest.json (docker).");
    }

    /// <summary>Copies an OCI archive, giving the entries of its index the names under which containerd shall know them.</summary>
    public static async Task CopyNamedAsync(string file, Stream target, CancellationToken cancellation)
    {
        await using var stream = File.OpenRead(file);
        await using var reader = new TarReader(stream);
        await using var writer = new TarWriter(target, TarEntryFormat.Pax, leaveOpen: true);
        while (await reader.GetNextEntryAsync(copyData: false, cancellation) is { } entry)
        {
            if (Normal(entry.Name) == "index.json" && entry.DataStream is not null
                && await JsonNode.ParseAsync(entry.DataStream, cancellationToken: cancellation) is JsonObject index)
            {
                foreach (var manifest in Manifests(index))
                    if (manifest["annotations"] is JsonObject annotations && OciName(annotations) is { } name)
                        annotations[OciArchive.ContainerdName] = name;
                var renamed = new PaxTarEntry(TarEntryType.RegularFile, "index.json")
                {
                    DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(index.ToJsonString())),
                };
                await writer.WriteEntryAsync(renamed, cancellation);
            }
            else
            {
                await writer.WriteEntryAsync(entry, cancellation);
            }
        }
    }

    internal static ImageArchiveNames? Names(JsonNode? index, JsonNode? manifest)
    {
        // An archive with both is read by containerd as OCI.
        if (index is JsonObject oci)
        {
            var manifests = Manifests(oci).Select(m => m["annotations"] as JsonObject).OfType<JsonObject>().ToList();
            var names = manifests.Select(OciName).OfType<string>().ToList();
            return new(names, NeedsNames: names.Count > 0 && !manifests.Any(a => a.ContainsKey(OciArchive.ContainerdName)));
        }
        if (manifest is JsonArray docker)
            return new([.. docker.SelectMany(m => (m?["RepoTags"] as JsonArray ?? []).Select(t => (string?)t)).OfType<string>()
                .Select(t => ImageName.TryParse(t, out var name) ? name!.ToString() : t)], NeedsNames: false);
        return null;
    }

    private static string? OciName(JsonObject annotations) =>
        (string?)annotations[OciArchive.ContainerdName] is { } given ? given
        : (string?)annotations[OciArchive.RefName] is { } reference && reference.AsSpan().ContainsAny('/', ':') && ImageName.TryParse(reference, out var name)
            ? name!.ToString() : null;

    private static IEnumerable<JsonObject> Manifests(JsonObject index) => (index["manifests"] as JsonArray ?? []).OfType<JsonObject>();

    private static string Normal(string name) => name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
}

/// <summary>Names of the images in an archive.</summary>
/// <param name="Names">Full names.</param>
/// <param name="NeedsNames">Whether containerd would not find these names by itself.</param>
internal sealed record ImageArchiveNames(IReadOnlyList<string> Names, bool NeedsNames);
