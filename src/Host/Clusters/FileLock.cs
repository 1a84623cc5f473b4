using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Host.Clusters;

/// <summary>An advisory lock on a file (flock(2)), released when it is disposed or its process dies, however it dies.</summary>
internal sealed partial class FileLock : IDisposable
{
    private const int Exclusive = 2, NonBlocking = 4;   // flock(2)
    private const int CloseOnExec = 0x80000;           // open(2)

    private readonly SafeFileHandle handle;
    private readonly string path;

    private FileLock(SafeFileHandle handle, string path) => (this.handle, this.path) = (handle, path);

    /// <summary>Waits until the lock is free and takes it.</summary>
    public static FileLock Acquire(string path) => Take(path, wait: true)!;

    /// <summary>Takes the lock if it is free; null if somebody holds it.</summary>
    public static FileLock? TryAcquire(string path) => Take(path, wait: false);

    /// <summary>The process id that the holder has written; null if the lock is free.</summary>
    public static int? Holder(string path)
    {
        // Opened for reading, so that it needs no privilege.
        var fd = Open(path, CloseOnExec, 0);
        if (fd < 0) return null;
        using var file = new SafeFileHandle(fd, ownsHandle: true);
        if (Flock(fd, Exclusive | NonBlocking) == 0) return null;
        Span<byte> text = stackalloc byte[16];
        return int.TryParse(text[..RandomAccess.Read(file, text, 0)], NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;
    }

    /// <summary>Writes this process's id into the file, for <see cref="Holder"/>.</summary>
    public void WriteProcessId()
    {
        RandomAccess.SetLength(handle, 0);
        RandomAccess.Write(handle, System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)), 0);
    }

    /// <summary>Removes the file; those who wait for the lock make it anew.</summary>
    public void DeleteFile() => File.Delete(path);

    public void Dispose() => handle.Dispose();

    private static FileLock? Take(string path, bool wait)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        while (true)
        {
            // Opened by the system call: the base library's own sharing rules would lock the file at once.
            const int ReadWrite = 2, Create = 0x40;
            var fd = Open(path, ReadWrite | Create | CloseOnExec, 0x1A4 /* 0644 */);
            if (fd < 0) throw new IOException($"cannot open the lock {path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
            var handle = new SafeFileHandle(fd, ownsHandle: true);
            const int WouldBlock = 11, Interrupted = 4;
            if (Flock(fd, wait ? Exclusive : Exclusive | NonBlocking) != 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                handle.Dispose();
                if (errno == Interrupted) continue;
                if (errno == WouldBlock) return null;
                throw new Win32Exception(errno);
            }
            // The file may have been removed by its holder while this one waited: then another file is the lock now.
            if (!IsRemoved(fd)) return new FileLock(handle, path);
            handle.Dispose();
        }
    }

    private static bool IsRemoved(int fd) =>
        new FileInfo($"/proc/self/fd/{fd}").LinkTarget?.EndsWith(" (deleted)", StringComparison.Ordinal) ?? true;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(int fd, int operation);
}
