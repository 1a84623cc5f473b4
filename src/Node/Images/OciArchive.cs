using System.Formats.Tar;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Node.Images;

/// <summary>A file of an image.</summary>
/// <param name="Path">Absolute path in the image; its directories are made.</param>
/// <param name="Content">The bytes.</param>
/// <param name="Mode">Permissions.</param>
public sealed record OciFile(string Path, ReadOnlyMemory<byte> Content, UnixFileMode Mode = OciFile.Readable)
{
    /// <summary>0644.</summary>
    public const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>0755.</summary>
    public const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>An executable from a file of this machine.</summary>
    public static OciFile Program(string path, string source) => new(path, File.ReadAllBytes(source), Executable);
}

/// <summary>A symbolic link of an image.</summary>
/// <param name="Path">Absolute path in the image.</param>
/// <param name="Target">What it points to.</param>
public sealed record OciLink(string Path, string Target);

/// <summary>The processor that an image is for, as OCI names it in lower case.</summary>
public enum OciArchitecture
{
    /// <summary>x86-64.</summary>
    Amd64,

    /// <summary>AArch64.</summary>
    Arm64,
}

/// <summary>An image of one layer, composed in code.</summary>
/// <param name="Name">Its full name with a tag, such as <c>slipway.local/pause:1</c>.</param>
public sealed record OciImage(string Name)
{
    /// <summary>The architecture of its programs; that of this process if nothing is said.</summary>
    public OciArchitecture Architecture { get; init; } = OciArchive.OwnArchitecture;

    public IReadOnlyList<OciFile> Files { get; init; } = [];
    public IReadOnlyList<OciLink> Links { get; init; } = [];
    public IReadOnlyList<string> Directories { get; init; } = [];
    public IReadOnlyList<string> Entrypoint { get; init; } = [];
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary><c>NAME=value</c> each.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];
    public string WorkingDirectory { get; init; } = "/";

    /// <summary>User and group, as numbers or names; empty for root.</summary>
    public string User { get; init; } = "";
}

/// <summary>
/// Writes images as OCI archives (<see href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md"/>).
/// The same image gives the same bytes, and so the same digest.
/// </summary>
public static class OciArchive
{
    internal const string ContainerdName = "io.containerd.image.name";
    internal const string RefName = "org.opencontainers.image.ref.name";

    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private const string IndexType = "application/vnd.oci.image.index.v1+json";

    /// <summary>The architecture of this process.</summary>
    public static OciArchitecture OwnArchitecture =>
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? OciArchitecture.Arm64 : OciArchitecture.Amd64;

    /// <summary>Writes an image to a file.</summary>
    public static void Write(string file, params IReadOnlyList<OciImage> images)
    {
        using var stream = File.Create(file);
        Write(stream, images);
    }

    /// <summary>Writes an image to a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="images">The image; or one for each of several architectures, under one name.</param>
    public static void Write(Stream stream, params IReadOnlyList<OciImage> images)
    {
        List<byte[]> blobs = [];
        var manifests = images.Select(image => Manifest(image, blobs)).ToList();
        var entry = manifests[0];
        if (manifests.Count > 1)
        {
            var all = Json(new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = IndexType, ["manifests"] = new JsonArray([.. manifests]) });
            blobs.Add(all);
            entry = Descriptor(IndexType, all);
        }
        var name = images[0].Name;
        entry["annotations"] = new JsonObject { [ContainerdName] = name, [RefName] = name[(name.LastIndexOf(':') + 1)..] };
        var index = Json(new JsonObject { ["schemaVersion"] = 2, ["manifests"] = new JsonArray(entry) });

        using var tar = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true);
        AddFile(tar, "oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray(), OciFile.Readable);
        AddFile(tar, "index.json", index, OciFile.Readable);
        foreach (var blob in blobs.DistinctBy(Digest))
            AddFile(tar, $"blobs/sha256/{Digest(blob)["sha256:".Length..]}", blob, OciFile.Readable);
    }

    /// <summary>Adds the blobs of an image, and gives the descriptor of its manifest.</summary>
    private static JsonObject Manifest(OciImage image, List<byte[]> blobs)
    {
        var architecture = image.Architecture.ToString().ToLowerInvariant();
        var layer = Layer(image);
        var config = Json(new JsonObject
        {
            ["architecture"] = architecture,
            ["os"] = "linux",
            ["config"] = new JsonObject
            {
                ["User"] = image.User,
                ["Env"] = Array(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", .. image.Environment]),
                ["Entrypoint"] = Array(image.Entrypoint),
                ["Cmd"] = Array(image.Command),
                ["WorkingDir"] = image.WorkingDirectory,
            },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = Array([Digest(layer)]) },
        });
        var manifest = Json(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = ManifestType,
            ["config"] = Descriptor("application/vnd.oci.image.config.v1+json", config),
            ["layers"] = new JsonArray(Descriptor("application/vnd.oci.image.layer.v1.tar", layer)),
        });
        blobs.AddRange([layer, config, manifest]);
        var entry = Descriptor(ManifestType, manifest);
        entry["platform"] = new JsonObject { ["architecture"] = architecture, ["os"] = "linux" };
        return entry;
    }

    private static byte[] Layer(OciImage image)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
        {
            var directories = image.Directories
                .Concat(image.Files.SelectMany(f => Parents(f.Path))).Concat(image.Links.SelectMany(l => Parents(l.Path)))
                .Select(d => d.Trim('/')).Where(d => d.Length > 0).Distinct().Order(StringComparer.Ordinal);
            foreach (var directory in directories)
                tar.WriteEntry(Stamp(new PaxTarEntry(TarEntryType.Directory, directory + "/"), OciFile.Executable));
            foreach (var file in image.Files.OrderBy(f => f.Path, StringComparer.Ordinal))
                AddFile(tar, file.Path.TrimStart('/'), file.Content.ToArray(), file.Mode);
            foreach (var link in image.Links.OrderBy(l => l.Path, StringComparer.Ordinal))
                tar.WriteEntry(Stamp(new PaxTarEntry(TarEntryType.SymbolicLink, link.Path.TrimStart('/')) { LinkName = link.Target }, OciFile.Executable));
        }
        return bytes.ToArray();
    }

    private static IEnumerable<string> Parents(string path)
    {
        for (var parent = Path.GetDirectoryName(path); parent is { Length: > 1 }; parent = Path.GetDirectoryName(parent))
            yield return parent;
    }

    private static void AddFile(TarWriter tar, string name, byte[] content, UnixFileMode mode)
    {
        var entry = Stamp(new PaxTarEntry(TarEntryType.RegularFile, name), mode);
        entry.DataStream = new MemoryStream(content);
        tar.WriteEntry(entry);
    }

    private static PaxTarEntry Stamp(PaxTarEntry entry, UnixFileMode mode)
    {
        entry.ModificationTime = DateTimeOffset.UnixEpoch;
        entry.Mode = mode;
        return entry;
    }

    private static JsonObject Descriptor(string mediaType, byte[] blob) =>
        new() { ["mediaType"] = mediaType, ["digest"] = Digest(blob), ["size"] = blob.Length };

    private static string Digest(byte[] blob) => string.Create(CultureInfo.InvariantCulture, $"sha256:{Convert.ToHexStringLower(SHA256.HashData(blob))}");

    private static JsonArray Array(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)JsonValue.Create(v))]);

    private static byte[] Json(JsonObject document) => Encoding.UTF8.GetBytes(document.ToJsonString());
}
