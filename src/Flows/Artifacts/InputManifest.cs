using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Flows;

/// <summary>
/// What a pod finds under /in: relative paths and the hashes of the files there. It is stored like any artifact, and a pod's
/// volume names its hash, so that a pod stays small however many files it reads.
/// </summary>
public sealed class InputManifest
{
    private InputManifest(IReadOnlyList<KeyValuePair<string, string>> entries, byte[] content)
    {
        Entries = entries;
        Content = content;
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
    }

    /// <summary>
    /// Path under /in and hash of the file, in order. A path that ends with a slash is a directory: with a hash, the stored one whose
    /// <see cref="DirectoryManifest"/> has it; without, one that is made for other entries, of which there may be none.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>> Entries { get; }

    /// <summary>The manifest as it is stored.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>Hash of <see cref="Content"/>.</summary>
    public string Sha256 { get; }

    /// <summary>Whether an entry is a directory, by its path.</summary>
    public static bool IsDirectory(string path) => path.EndsWith('/');

    /// <summary>Makes a manifest.</summary>
    public static InputManifest Of(IEnumerable<KeyValuePair<string, string>> entries)
    {
        var sorted = entries.OrderBy(e => e.Key, StringComparer.Ordinal).ToList();
        var json = new JsonObject(sorted.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)e.Value)));
        return new InputManifest(sorted, JsonSerializer.SerializeToUtf8Bytes(json, ArtifactJson.Default.JsonObject));
    }

    /// <summary>Reads a stored manifest.</summary>
    /// <exception cref="JsonException">The content is no manifest.</exception>
    public static InputManifest Parse(ReadOnlyMemory<byte> content)
    {
        var json = JsonNode.Parse(content.Span) as JsonObject ?? throw new JsonException("a manifest is a JSON object");
        return new InputManifest([.. json.Select(p => KeyValuePair.Create(p.Key, p.Value?.GetValue<string>() ?? ""))], content.ToArray());
    }
}
