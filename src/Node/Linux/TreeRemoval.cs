using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Node.Linux;

/// <summary>
/// Removes directories with all that is in them. What containers have written may be nested without end, named by any bytes, and
/// replaced while it is removed: so nothing is reached by a path of more than one name, and links and mounts are not entered.
/// </summary>
/// <remarks>
/// Directories are not walked down. What is found in a directory of the first level is removed, and directories in it that are not
/// empty are moved up to the first level, until there is none: two are open at any time, however deep it goes. When it is stopped, the
/// rest is in another order and can be removed again. What cannot be moved there although nothing is mounted, as out of a subvolume of
/// btrfs, another project of XFS or a lower layer of overlayfs, is emptied in the same way where it is.
/// </remarks>
internal static class TreeRemoval
{
    private const int BufferBytes = 16 << 10;
    /// <summary>How often nothing may be left but what cannot be there: somebody goes on writing, or the file system keeps it.</summary>
    private const int IdleRounds = 16;
    /// <summary>How many directories that are emptied where they are may lie in each other: each costs two open files, two buffers and a part of the stack.</summary>
    private const int DeepestInPlace = 64;

    /// <summary>Moves a name from one opened directory to another, as <see cref="Syscalls.MoveAt"/>. Returns 0, or errno.</summary>
    internal delegate int Move(int from, ReadOnlySpan<byte> name, int to, ReadOnlySpan<byte> newName);

    /// <summary>Removes a directory; does nothing where there is none.</summary>
    /// <param name="directory">Its absolute path. What leads to it is the caller's; it may not be a link itself.</param>
    /// <param name="cancellation">Stops between two entries.</param>
    /// <exception cref="IOException">Something could not be removed, or is mounted; the message names it.</exception>
    public static void Remove(string directory, CancellationToken cancellation = default) => Remove(directory, static _ => { }, Syscalls.MoveAt, cancellation);

    /// <param name="entering">Told the name of each directory before it is opened.</param>
    /// <param name="move">The system's call.</param>
    internal static void Remove(string directory, Action<string> entering, Move move, CancellationToken cancellation)
    {
        var path = Path.TrimEndingDirectorySeparator(directory);
        if (!Path.Exists(path))
            return;
        try
        {
            var parent = Syscalls.Open(Path.GetDirectoryName(path)!, Syscalls.OpenPath | Syscalls.OpenDirectory | Syscalls.OpenCloseOnExec);
            try
            {
                var name = Encoding.UTF8.GetBytes(Path.GetFileName(path) + '\0');
                var root = Syscalls.OpenDirectoryIn(parent, name);
                if (root < 0)
                    throw Failure(path, Marshal.GetLastPInvokeError());
                try
                {
                    new Walk(path, root, entering, move, depth: 0, cancellation).Empty();
                }
                finally
                {
                    Syscalls.Close(root);
                }
                if (Syscalls.RemoveAt(parent, name, isDirectory: true) is var error and not 0)
                    throw Failure(path, error);
            }
            finally
            {
                Syscalls.Close(parent);
            }
        }
        catch (Win32Exception failure)
        {
            throw new IOException($"{path} was not removed: {failure.Message}", failure);
        }
    }

    private static IOException Failure(string path, int error) => new(error is Syscalls.ErrBusy or Syscalls.ErrCrossDevice
        ? $"{path} was not removed: something is mounted on it; unmount it"
        : $"{path} was not removed: {Marshal.GetPInvokeErrorMessage(error)}");

    /// <summary>The removal of what is in one directory.</summary>
    private sealed class Walk(string path, int root, Action<string> entering, Move move, int depth, CancellationToken cancellation)
    {
        // Not on the stack, since walks lie in each other.
        private readonly byte[] _entries = new byte[BufferBytes];
        private readonly byte[] _lifted = new byte[BufferBytes];
        private readonly string _mark = Guid.NewGuid().ToString("n");
        private int _moved;
        private int _putOff;

        public void Empty()
        {
            for (var idle = 0; ; idle++)
            {
                var (isEmpty, before) = (true, _moved);
                _putOff = 0;
                Syscalls.Rewind(root);
                while (Syscalls.ReadEntries(root, _entries) is var read and > 0)
                {
                    foreach (var entry in new DirectoryEntries(_entries.AsSpan(0, read)))
                    {
                        isEmpty = false;
                        if (Removed(root, entry) || !Opened(root, entry, out var directory))
                            continue;
                        try
                        {
                            Lift(directory);
                        }
                        finally
                        {
                            Syscalls.Close(directory);
                        }
                        Removed(root, entry);
                    }
                }
                if (isEmpty)
                    return;
                if (_moved > before)
                    idle = 0;
                else if (idle == IdleRounds)
                    throw _putOff != 0 ? Failure(path, _putOff) : new IOException($"{path} was not removed: it is written to meanwhile");
            }
        }

        // What is in a directory goes; directories that are not empty go to the first level.
        private void Lift(int directory)
        {
            while (Syscalls.ReadEntries(directory, _lifted) is var read and > 0)
            {
                foreach (var entry in new DirectoryEntries(_lifted.AsSpan(0, read)))
                {
                    if (Removed(directory, entry))
                        continue;
                    var name = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_mark}.{_moved}\0"));
                    var error = move(directory, entry.Name, root, name);
                    if (error == 0)
                        _moved++;
                    // On a full disk there is room again when more has gone.
                    else if (error is Syscalls.ErrNoSpace or Syscalls.ErrQuota or Syscalls.ErrTooManyLinks)
                        _putOff = error;
                    else if (error == Syscalls.ErrCrossDevice)
                        EmptyInPlace(directory, entry);
                    else if (error != Syscalls.ErrNoEntry)
                        throw Failure(PathOf(entry), error);
                }
            }
        }

        private void EmptyInPlace(int parent, DirectoryEntry entry)
        {
            if (depth == DeepestInPlace)
                throw new IOException($"{PathOf(entry)} was not removed: more than {DeepestInPlace} directories out of which nothing can be moved (subvolumes, projects with a quota) lie in each other; remove the innermost by hand");
            // What is mounted there is refused.
            if (!Opened(parent, entry, out var directory))
                return;
            try
            {
                new Walk(PathOf(entry), directory, entering, move, depth + 1, cancellation).Empty();
            }
            finally
            {
                Syscalls.Close(directory);
            }
            Removed(parent, entry);
        }

        // Whether it is gone, and otherwise it is a directory that is not empty. What it is said to be may be out of date.
        private bool Removed(int directory, DirectoryEntry entry)
        {
            cancellation.ThrowIfCancellationRequested();
            for (var isDirectory = entry.IsDirectory; ; isDirectory = !isDirectory)
            {
                var error = Syscalls.RemoveAt(directory, entry.Name, isDirectory);
                if (error is 0 or Syscalls.ErrNoEntry)
                    return true;
                if (error is Syscalls.ErrNotEmpty or Syscalls.ErrExists)
                    return false;
                if (error != (isDirectory ? Syscalls.ErrNotDirectory : Syscalls.ErrIsDirectory))
                    throw Failure(PathOf(entry), error);
                cancellation.ThrowIfCancellationRequested();
            }
        }

        private bool Opened(int parent, DirectoryEntry entry, out int directory)
        {
            entering(entry.ToString());
            directory = Syscalls.OpenDirectoryIn(parent, entry.Name);
            if (directory >= 0)
                return true;
            // A link or a file has taken its place: that is removed in the next round.
            var error = Marshal.GetLastPInvokeError();
            return error is Syscalls.ErrNoEntry or Syscalls.ErrNotDirectory or Syscalls.ErrLoop ? false : throw Failure(PathOf(entry), error);
        }

        private string PathOf(DirectoryEntry entry) => Path.Combine(path, entry.ToString());
    }
}
