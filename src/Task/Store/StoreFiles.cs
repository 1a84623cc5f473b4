using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Wrapper;

/// <summary>
/// Artifacts in a directory, each under the SHA-256 of its content as <c>ab/abcd…</c>. A file is written under another name in <c>tmp</c>, synchronized and then
/// renamed: so whatever ends at whatever point, nothing that is torn has the name of a hash, and what was told to be kept survives a power cut.
/// </summary>
/// <param name="root">The directory, which is made if it is not there.</param>
internal sealed class StoreFiles(string root)
{
    private readonly string temporary = Path.Combine(root, "tmp");
    private readonly HashSet<string> durable = [];

    /// <summary>Makes the directories, and removes what was cut off: all that nobody holds locked.</summary>
    /// <exception cref="StoreRefusal">It cannot be written there.</exception>
    public void Prepare() => Guarded(() =>
    {
        Directory.CreateDirectory(root);
        for (var above = Path.GetDirectoryName(Path.GetFullPath(root)); above is not null; above = Path.GetDirectoryName(above))
            Synchronize(above);
        MakeDirectory(temporary);
        foreach (var leftover in Directory.EnumerateFiles(temporary))
        {
            try
            {
                using (File.OpenHandle(leftover, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                    File.Delete(leftover);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody writes it still, or it is gone.
            }
        }

        return true;
    });

    /// <summary>Whether an artifact is there for good.</summary>
    public bool Has(string sha256) => Guarded(() =>
    {
        var path = PathOf(sha256);
        if (!File.Exists(path))
            return false;
        MakeDirectory(Path.GetDirectoryName(path)!);
        Synchronize(Path.GetDirectoryName(path)!); // whoever renamed it may have been killed before it did that
        return true;
    });

    /// <summary>Begins an artifact, whose room is set aside where the file system can do that.</summary>
    /// <exception cref="StoreRefusal">There is no room, or it cannot be written there.</exception>
    public StoreWrite Begin(string sha256, long size) => Guarded(() =>
    {
        var path = PathOf(sha256);
        MakeDirectory(Path.GetDirectoryName(path)!);
        var fresh = Path.Combine(temporary, $"{sha256}.{Guid.NewGuid():n}");
        var write = new StoreWrite(File.OpenHandle(fresh, FileMode.CreateNew, FileAccess.Write, FileShare.None), fresh, path, sha256);
        try
        {
            write.SetAside(size);
            return write;
        }
        catch
        {
            write.Dispose();
            throw;
        }
    });

    /// <summary>Opens an artifact for reading; null if it is not there.</summary>
    public SafeFileHandle? Open(string sha256) => Guarded(() =>
    {
        try
        {
            return File.OpenHandle(PathOf(sha256), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    });

    /// <summary>Removes an artifact, if it is there.</summary>
    public void Remove(string sha256) => Guarded(() =>
    {
        var path = PathOf(sha256);
        if (!File.Exists(path))
            return false;
        File.Delete(path);
        Synchronize(Path.GetDirectoryName(path)!);
        return true;
    });

    /// <summary>Finds out whether something can be kept, by keeping something and removing it.</summary>
    /// <exception cref="StoreRefusal">It cannot.</exception>
    public void Probe() => Guarded(() =>
    {
        var path = Path.Combine(temporary, $"probe.{Guid.NewGuid():n}");
        try
        {
            using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            RandomAccess.Write(file, new byte[4096], 0);
            RandomAccess.FlushToDisk(file);
        }
        finally
        {
            File.Delete(path);
        }

        return true;
    });

    /// <summary>Does something to files, and says what is in the way in the protocol's words.</summary>
    internal static T Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreRefusal.Of(e);
        }
    }

    /// <summary>Makes names within a directory durable.</summary>
    internal static void Synchronize(string directory)
    {
        var descriptor = Libc.open(directory, Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (descriptor < 0)
            throw new IOException($"{directory} cannot be opened: error {Marshal.GetLastPInvokeError()}");
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Libc.fsync(descriptor) != 0 && Marshal.GetLastPInvokeError() != Libc.EINVAL) // not every network's file system can do it
            throw new IOException($"{directory} cannot be synchronized: error {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>Makes a directory of the root. One that is there may be another program's, which has not come to make it durable, or never will.</summary>
    private void MakeDirectory(string directory)
    {
        if (durable.Contains(directory))
            return;
        Directory.CreateDirectory(directory);
        Synchronize(root);
        durable.Add(directory);
    }

    private string PathOf(string sha256) => Path.Combine(root, sha256[..2], sha256);
}

/// <summary>An artifact while it is written; what is not committed is removed.</summary>
internal sealed class StoreWrite(SafeFileHandle file, string fresh, string path, string sha256) : IDisposable
{
    private readonly Sha256 hash = new();
    private long written;
    private bool isKept;

    /// <summary>Sets room aside for all of it, where the file system can do that.</summary>
    /// <exception cref="StoreRefusal">There is none.</exception>
    public void SetAside(long size)
    {
        if (size > 0 && Libc.fallocate((int)file.DangerousGetHandle(), 0, 0, size) != 0 && Marshal.GetLastPInvokeError() is var error && StoreRefusal.IsLack(error))
            throw new StoreRefusal(StoreRefusal.Full, $"{size} bytes are wanted, error {error}");
    }

    /// <summary>Takes more of the content.</summary>
    /// <exception cref="StoreRefusal">There is no room for it.</exception>
    public void Append(ReadOnlySpan<byte> content)
    {
        hash.Append(content);
        try
        {
            RandomAccess.Write(file, content, written);
        }
        catch (IOException e)
        {
            throw StoreRefusal.Of(e);
        }

        written += content.Length;
    }

    /// <summary>Keeps it for good.</summary>
    /// <exception cref="StoreRefusal">It is not what was announced, or cannot be kept.</exception>
    public void Commit()
    {
        if (hash.Finish() is var found && found != sha256)
            throw new StoreRefusal(StoreRefusal.Error, $"what came has the hash {found} and not {sha256}");
        StoreFiles.Guarded(() =>
        {
            RandomAccess.FlushToDisk(file);
            File.Move(fresh, path, overwrite: true);
            isKept = true;
            file.Dispose(); // whoever is told that it is kept finds nobody at it
            StoreFiles.Synchronize(Path.GetDirectoryName(path)!);
            return true;
        });
    }

    public void Dispose()
    {
        if (!isKept)
            File.Delete(fresh);
        file.Dispose();
    }
}
