using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Slipway.Flows;

/// <summary>
/// A directory as an artifact: the list of what lies in it, whose files are artifacts of their own. Its hash is that of the directory. The same files under
/// the same paths have the same hash, whoever made them and when: neither times nor owners are in it, and of modes only whether a file may be executed.
/// </summary>
/// <remarks>
/// Stored as JSON, <c>{"version":1,"entries":[…]}</c>, entries by their paths as UTF-16 text: <c>{"path":"bin"}</c> is a directory,
/// <c>{"path":"bin/run","sha256":"…","size":9,"executable":true}</c> a file and <c>{"path":"run","link":"bin/run"}</c> a symbolic link. Each entry lies in the
/// directory itself or in one that is an entry, never behind a link: so it can be laid out without following any.
/// </remarks>
public sealed class DirectoryManifest
{
    /// <summary>How many entries a directory can have.</summary>
    public const int EntryLimit = 100_000;

    /// <summary>The longest path in a directory, in bytes of UTF-8; what Linux allows, less room for where the directory lies.</summary>
    public const int PathLimit = 3000;

    private const int Version = 1;

    private DirectoryManifest(IReadOnlyList<DirectoryEntry> entries, ReadOnlyMemory<byte> content)
    {
        Entries = entries;
        Content = content;
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(content.Span));
    }

    /// <summary>All that lies in it, each directory before what lies in that.</summary>
    public IReadOnlyList<DirectoryEntry> Entries { get; }

    /// <summary>The manifest as it is stored.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>Hash of the directory: of <see cref="Content"/>.</summary>
    public string Sha256 { get; }

    /// <summary>Bytes of all files.</summary>
    public long Size => Entries.Sum(e => e.Size);

    /// <summary>How many files there are.</summary>
    public int FileCount => Entries.Count(e => e.Sha256 is not null);

    /// <summary>Makes a manifest; entries may come in any order.</summary>
    /// <exception cref="FormatException">The entries are no directory; the message names the path.</exception>
    public static DirectoryManifest Of(IEnumerable<DirectoryEntry> entries)
    {
        List<DirectoryEntry> sorted = [.. entries.OrderBy(e => e.Path, StringComparer.Ordinal)];
        Check(sorted);
        return new DirectoryManifest(sorted, Write(sorted));
    }

    /// <summary>Reads a stored manifest.</summary>
    /// <exception cref="FormatException">The content is no manifest.</exception>
    public static DirectoryManifest Parse(ReadOnlyMemory<byte> content)
    {
        try
        {
            using var document = JsonDocument.Parse(content);
            if (document.RootElement.GetProperty("version").GetInt32() is not Version and var version)
                throw new FormatException($"the list of a directory is of version {version}, and this program knows version {Version}; use the program that wrote it");
            List<DirectoryEntry> entries = [.. document.RootElement.GetProperty("entries").EnumerateArray().Select(Read)];
            Check(entries);
            return new DirectoryManifest(entries, content);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException($"the content is no list of a directory: {e.Message}", e);
        }
    }

    /// <summary>Reads the manifest of a directory from a store, compared with its hash; null if it is not there.</summary>
    /// <exception cref="IOException">It is damaged, or cannot be fetched now.</exception>
    /// <exception cref="FormatException">The artifact is no directory.</exception>
    public static async ValueTask<DirectoryManifest?> ReadAsync(ArtifactStore store, string sha256, CancellationToken cancellation)
    {
        if (await store.OpenAsync(sha256, cancellation) is not { } stored)
            return null;
        using var content = new MemoryStream();
        await using (stored)
            await stored.CopyToAsync(content, cancellation);
        return Parse(content.ToArray());
    }

    private static DirectoryEntry Read(JsonElement entry) => new(entry.GetProperty("path").GetString() ?? "")
    {
        Sha256 = entry.TryGetProperty("sha256", out var sha256) ? sha256.GetString() : null,
        Size = entry.TryGetProperty("size", out var size) ? size.GetInt64() : 0,
        IsExecutable = entry.TryGetProperty("executable", out var executable) && executable.GetBoolean(),
        Link = entry.TryGetProperty("link", out var link) ? link.GetString() : null,
    };

    private static ReadOnlyMemory<byte> Write(List<DirectoryEntry> entries)
    {
        var buffer = new ArrayBufferWriter<byte>(64 + (160 * entries.Count));
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteStartArray("entries");
            foreach (var entry in entries)
            {
                json.WriteStartObject();
                json.WriteString("path", entry.Path);
                if (entry.Sha256 is not null)
                {
                    json.WriteString("sha256", entry.Sha256);
                    json.WriteNumber("size", entry.Size);
                }

                if (entry.IsExecutable)
                    json.WriteBoolean("executable", true);
                if (entry.Link is not null)
                    json.WriteString("link", entry.Link);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void Check(List<DirectoryEntry> sorted)
    {
        if (sorted.Count > EntryLimit)
            throw new FormatException($"a directory can have {EntryLimit} entries, and this one has {sorted.Count}; leave an archive of it");
        var directories = new HashSet<string>(StringComparer.Ordinal) { "" };
        string? before = null;
        foreach (var entry in sorted)
        {
            var path = entry.Path;
            if (Problem(entry) is { } problem)
                throw new FormatException($"{path}: {problem}");
            if (before is not null && string.CompareOrdinal(before, path) >= 0)
                throw new FormatException($"{path}: {(before == path ? "it is there twice" : "entries must be in the order of their paths")}");
            if (!directories.Contains(path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : ""))
                throw new FormatException($"{path}: it must lie in a directory that is an entry, too");
            if (entry.IsDirectory)
                directories.Add(path);
            before = path;
        }
    }

    private static string? Problem(DirectoryEntry entry)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(entry.Path) > PathLimit)
            return $"the path has more than {PathLimit} bytes";
        if (entry.Path.Contains('\0') || entry.Path.Split('/').Any(part => part is "" or "." or ".."))
            return "it must be a path below the directory, without empty parts, . and ..";
        if (entry.Sha256 is { } sha256 && (sha256.Length != 64 || !sha256.All(char.IsAsciiHexDigitLower) || entry.Size < 0 || entry.Link is not null))
            return "a file has a SHA-256 of 64 lower-case hexadecimal digits, a size, and no target";
        if (entry.Sha256 is null && (entry.Size != 0 || entry.IsExecutable))
            return "only files have a size and can be executable";
        return entry.Link is { } link && (link.Length == 0 || link.Contains('\0')) ? "a link needs a target" : null;
    }
}
