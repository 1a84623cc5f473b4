using System.Globalization;
using System.Security.Cryptography;

namespace Slipway.Flows;

/// <summary>The disk that holds artifacts has no room; nothing was stored. The message says where and what to do.</summary>
public sealed class ArtifactStoreFullException(string message, Exception? inner = null) : ArtifactRefusedException(message, inner);

/// <summary>
/// Files by the SHA-256 of their content. An artifact appears whole and durable under its hash, or not at all: it is written
/// to a temporary file, synchronized, and renamed. Artifacts are never changed; one that was changed all the same is found by its
/// <see cref="ArtifactMark"/> when it is read, and put aside.
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

    /// <summary>Where damaged artifacts are put aside, under their names.</summary>
    private readonly string damaged = Path.Combine(root, "damaged");

    /// <summary>An artifact without its mark is read as a whole by one at a time, so that many that need the same one read it once.</summary>
    private readonly Lanes<string> checking = new(1);

    /// <summary>Held while a name in the store is given, taken away, or found to be good already, so that none of these undoes another.</summary>
    private readonly Lock publishing = new();

    /// <summary>Directory of the store.</summary>
    public string Root { get; } = root;

    /// <summary>Makes the directories, and removes what a killed process left half written.</summary>
    public void Prepare()
    {
        Directory.CreateDirectory(content);
        Directory.CreateDirectory(temporary);
        Directory.CreateDirectory(damaged);
        foreach (var leftover in Directory.EnumerateFiles(temporary))
            File.Delete(leftover);
    }

    /// <summary>Whether an artifact is here, or where it can be fetched from.</summary>
    public bool Has(string sha256) => HasHere(sha256) || (origin is not null && IsHash(sha256) && origin.Has(sha256));

    /// <summary>Whether an artifact is on this machine.</summary>
    public bool HasHere(string sha256) => IsHash(sha256) && File.Exists(PathOf(sha256));

    /// <summary>
    /// Whether an artifact is on this machine as it was stored, by its mark; one without is read as a whole, and then marked or put aside. What has its mark and was
    /// changed by the disk alone is found only by whoever reads all of it.
    /// </summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async ValueTask<bool> IsSoundAsync(string sha256, CancellationToken cancellation)
    {
        if (!IsHash(sha256))
            return false;
        var path = PathOf(sha256);
        if (ArtifactMark.IsOn(path, sha256))
            return true;
        try
        {
            return await checking.PassAsync(sha256, () => CheckAsync(path, sha256, cancellation), cancellation);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Why an artifact cannot be had that is neither here nor elsewhere.</summary>
    public string WhyNotHere(string sha256)
    {
        var aside = Path.Combine(damaged, sha256);
        return File.Exists(aside)
            ? $"artifact {sha256} is damaged: its content is not what was stored, and was put aside as {aside}"
            : $"artifact {sha256} is not in the store";
    }

    /// <summary>Fetches an artifact that is not here, or is damaged here; false if it is nowhere.</summary>
    /// <exception cref="IOException">It cannot be read or fetched now, is damaged, or there is no room for it.</exception>
    public async ValueTask<bool> BringAsync(string sha256, CancellationToken cancellation)
    {
        if (await IsSoundAsync(sha256, cancellation))
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
            if (!IsHash(sha256))
                return null;
            var path = PathOf(sha256);
            return new CheckedContent(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous), sha256, () => Unmark(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// Removes an artifact, if it was written more than an hour ago, so that whoever wrote it has had time to refer to it, and if nobody needs it; what was put aside
    /// as damaged, too.
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
            var (file, aside) = (new FileInfo(PathOf(sha256)), Path.Combine(damaged, sha256));
            if ((file.Exists ? file.LastWriteTimeUtc > Now - (age ?? Grace) : !File.Exists(aside)) || !isUnneeded())
                return false;
            file.Delete();
            File.Delete(aside);
            return true;
        }
    }

    /// <summary>Whether the content is there already, with its mark; then it counts as written now.</summary>
    internal bool Renew(string sha256)
    {
        lock (publishing)
        {
            var path = PathOf(sha256);
            if (!ArtifactMark.IsOn(path, sha256))
                return false;
            ArtifactMark.Set(path, sha256, Now);
            return true;
        }
    }

    /// <summary>Marks what is written and not published yet.</summary>
    internal static void Mark(string path, string sha256) => ArtifactMark.Set(path, sha256, Now);

    /// <summary>Gives what is written, marked and durable its name, in place of what is damaged.</summary>
    internal void Publish(string path, string sha256)
    {
        lock (publishing)
        {
            File.Move(path, PathOf(sha256), overwrite: true);
            File.Delete(Path.Combine(damaged, sha256));
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

    /// <summary>Reads an artifact as a whole, and marks it or puts it aside, unless it was published anew meanwhile.</summary>
    private async Task<bool> CheckAsync(string path, string sha256, CancellationToken cancellation)
    {
        if (ArtifactMark.IsOn(path, sha256))
            return true;
        var written = File.GetLastWriteTimeUtc(path);
        string found;
        await using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous))
            found = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
        lock (publishing)
        {
            if (ArtifactMark.IsOn(path, sha256))
                return true;
            if (found != sha256)
                File.Move(path, Path.Combine(damaged, sha256), overwrite: true);
            else if (File.GetLastWriteTimeUtc(path) == written)
                ArtifactMark.Set(path, sha256, written);
        }

        return found == sha256;
    }

    /// <summary>Has an artifact read as a whole before it is used again.</summary>
    private void Unmark(string path)
    {
        lock (publishing)
        {
            if (File.Exists(path))
                ArtifactMark.Remove(path);
        }
    }

    private FileNotFoundException Absent(string sha256) => new($"{WhyNotHere(sha256)}; run the task again that made it");

    private static bool IsHash(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);
}
