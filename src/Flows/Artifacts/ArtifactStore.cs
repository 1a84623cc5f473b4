using System.Globalization;

namespace Slipway.Flows;

/// <summary>The disk that holds artifacts has no room; nothing was stored. The message says where and what to do.</summary>
public sealed class ArtifactStoreFullException(string message, Exception? inner = null) : ArtifactRefusedException(message, inner);

/// <summary>
/// Files by the SHA-256 of their content. An artifact appears whole and durable under its hash, or not at all: it is written
/// to a temporary file, synchronized, and renamed. Artifacts are never changed.
/// </summary>
/// <param name="root">Directory of the store.</param>
/// <param name="reservedBytes">Room that is left on the disk for others: what would go below it is refused.</param>
/// <param name="origin">Where to fetch from what is not here; null for nowhere.</param>
public sealed class ArtifactStore(string root, long reservedBytes = 0, IArtifactOrigin? origin = null) : IArtifactSink
{
    private ArtifactFetches? fetches;

    /// <summary>How long an artifact stays although nobody refers to it yet.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    /// <summary>The clock by which the file system dates files.</summary>
    private static DateTime Now => TimeProvider.System.GetUtcNow().UtcDateTime;

    private readonly string content = Path.Combine(root, "sha256");
    private readonly string temporary = Path.Combine(root, "tmp");

    /// <summary>Held while an artifact is found to be there already, or removed.</summary>
    private readonly Lock publishing = new();

    /// <summary>Directory of the store.</summary>
    public string Root { get; } = root;

    /// <summary>Makes the directories, and removes what a killed process left half written.</summary>
    public void Prepare()
    {
        Directory.CreateDirectory(content);
        Directory.CreateDirectory(temporary);
        foreach (var leftover in Directory.EnumerateFiles(temporary))
            File.Delete(leftover);
    }

    /// <summary>Whether an artifact is here, or where it can be fetched from.</summary>
    public bool Has(string sha256) => HasHere(sha256) || (origin is not null && IsHash(sha256) && origin.Has(sha256));

    /// <summary>Whether an artifact is on this machine.</summary>
    public bool HasHere(string sha256) => IsHash(sha256) && File.Exists(PathOf(sha256));

    /// <summary>Fetches an artifact that is not here; false if it is nowhere.</summary>
    /// <exception cref="IOException">It cannot be fetched now, is damaged, or there is no room for it.</exception>
    public async ValueTask<bool> BringAsync(string sha256, CancellationToken cancellation)
    {
        if (HasHere(sha256))
            return true;
        if (origin is null || !IsHash(sha256))
            return false;
        var fetch = LazyInitializer.EnsureInitialized(ref fetches, () => new ArtifactFetches(this, origin));
        return await fetch.BringAsync(sha256, cancellation);
    }

    /// <summary>Begins an artifact whose size is known.</summary>
    /// <exception cref="ArtifactStoreFullException">There is no room for it.</exception>
    public ArtifactWriter Begin(long size)
    {
        if (reservedBytes > 0)
        {
            var free = new DriveInfo(Root).AvailableFreeSpace;
            if (free - size < reservedBytes)
                throw Full(string.Create(CultureInfo.InvariantCulture, $"{size} bytes are wanted, {free} are free, of which {reservedBytes} are kept for the cluster"));
        }

        return new ArtifactWriter(this, Path.Combine(temporary, Guid.NewGuid().ToString("n")));
    }

    IArtifactWriter IArtifactSink.Begin(long size) => Begin(size);

    IArtifactBatch IArtifactSink.BeginBatch() => new ArtifactBatch(this);

    /// <summary>Reads an artifact as a whole; null if it is not there.</summary>
    /// <exception cref="IOException">It is not here, and cannot be fetched now.</exception>
    public async ValueTask<byte[]?> ReadAsync(string sha256, CancellationToken cancellation)
    {
        try
        {
            return await BringAsync(sha256, cancellation) ? await File.ReadAllBytesAsync(PathOf(sha256), cancellation) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Opens an artifact for reading, fetched first if it is not here; null if it is nowhere. Reading to its end fails if it is not what was stored.</summary>
    /// <exception cref="IOException">It is not here, and cannot be fetched now.</exception>
    public async ValueTask<Stream?> OpenAsync(string sha256, CancellationToken cancellation) => await BringAsync(sha256, cancellation) ? Open(sha256) : null;

    /// <summary>Opens an artifact of this machine for reading; null if it is not here. Reading to its end fails if it is not what was stored.</summary>
    public Stream? Open(string sha256)
    {
        try
        {
            return IsHash(sha256) ? new CheckedContent(new FileStream(PathOf(sha256), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous), sha256) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// Removes an artifact, if it was written more than an hour ago, so that whoever wrote it has had time to refer to it, and if nobody needs it.
    /// </summary>
    /// <param name="sha256">The artifact.</param>
    /// <param name="isUnneeded">Asked while nobody can write the same content.</param>
    /// <param name="age">How long ago it must have been written; an hour if not given.</param>
    /// <returns>Whether it was removed.</returns>
    public bool Remove(string sha256, Func<bool> isUnneeded, TimeSpan? age = null)
    {
        if (!IsHash(sha256))
            return false;
        lock (publishing)
        {
            var file = new FileInfo(PathOf(sha256));
            if (!file.Exists || file.LastWriteTimeUtc > Now - (age ?? Grace) || !isUnneeded())
                return false;
            file.Delete();
            return true;
        }
    }

    /// <summary>Whether the content is there already; then it counts as written now.</summary>
    internal bool Renew(string path)
    {
        lock (publishing)
        {
            if (!File.Exists(path))
                return false;
            File.SetLastWriteTimeUtc(path, Now);
            return true;
        }
    }

    /// <summary>Gives an artifact a second name at <paramref name="target"/>; copies it where the file system cannot link.</summary>
    /// <exception cref="FileNotFoundException">The artifact is not there.</exception>
    public void LinkTo(string sha256, string target)
    {
        var path = PathOf(sha256);
        if (!File.Exists(path))
            throw Absent(sha256);
        HardLink.Create(path, target);
    }

    /// <summary>Copies an artifact to <paramref name="target"/>, in place of what is there.</summary>
    /// <exception cref="FileNotFoundException">The artifact is not there.</exception>
    public void CopyTo(string sha256, string target, UnixFileMode mode)
    {
        if (!HasHere(sha256))
            throw Absent(sha256);
        var fresh = target + ".slipway-new";
        File.Copy(PathOf(sha256), fresh, overwrite: true);
        File.SetUnixFileMode(fresh, mode);
        File.Move(fresh, target, overwrite: true);
    }

    internal string PathOf(string sha256) => Path.Combine(content, sha256[..2], sha256);

    internal ArtifactStoreFullException Full(string detail, Exception? inner = null) =>
        new($"the disk of the artifact store {Root} is full ({detail}); free space there, or move the data directory", inner);

    /// <summary>Does something that may fill the disk, and says so if it does.</summary>
    /// <exception cref="ArtifactStoreFullException">The disk is full.</exception>
    internal T Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (IOException e) when (IsFull(e))
        {
            throw Full(e.Message, e);
        }
    }

    /// <summary>Makes a directory of artifacts durably, if it is not there.</summary>
    internal static void MakeDirectory(string directory)
    {
        if (Directory.Exists(directory))
            return;
        Directory.CreateDirectory(directory);
        Libc.SyncDirectory(Path.GetDirectoryName(directory)!);
    }

    internal static bool IsFull(IOException e) => (e.HResult & 0xffff) is Libc.ENOSPC or Libc.EDQUOT or 0x70;

    private static FileNotFoundException Absent(string sha256) => new($"artifact {sha256} is not in the store; run the task again that made it");

    private static bool IsHash(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);
}
