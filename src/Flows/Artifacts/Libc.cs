using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Slipway.Flows;

/// <summary>Calls of the C library that the base library has no counterpart for.</summary>
internal static partial class Libc
{
    public const int EXDEV = 18, EMLINK = 31, EPERM = 1, ENOSPC = 28, EDQUOT = 122;
    private const int O_RDONLY = 0, O_DIRECTORY = 0x10000, O_CLOEXEC = 0x80000, O_PATH = 0x200000;

    /// <summary>Makes a second name for a file; 0 or the error number.</summary>
    public static int Link(string from, string to) => link(from, to) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Makes renames within a directory durable.</summary>
    public static void SyncDirectory(string directory) => Sync(directory, OpenDirectory(directory, O_RDONLY), fsync);

    /// <summary>Makes the content of a file durable.</summary>
    public static void SyncFile(string path) => Sync(path, Open(path, O_RDONLY | O_CLOEXEC), fsync);

    /// <summary>Makes all durable that was written to the file system of a directory.</summary>
    public static void SyncFileSystem(string directory) => Sync(directory, OpenDirectory(directory, O_RDONLY), syncfs);

    /// <summary>Opens a directory as a place only, for paths below it.</summary>
    public static int OpenDirectoryPath(string directory) => OpenDirectory(directory, O_PATH);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int close(int descriptor);

    private static int OpenDirectory(string directory, int mode)
    {
        // O_DIRECTORY has another value on arm64; without it a file would be opened, which the calls that follow refuse.
        var flags = mode | O_CLOEXEC | (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : O_DIRECTORY);
        return Open(directory, flags);
    }

    private static int Open(string path, int flags) => open(path, flags) is >= 0 and var descriptor ? descriptor : throw Failure($"{path} cannot be opened");

    private static void Sync(string path, int descriptor, Func<int, int> sync)
    {
        try
        {
            if (sync(descriptor) != 0)
                throw Failure($"{path} cannot be synchronized");
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    private static IOException Failure(string what) => new($"{what}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}", Marshal.GetLastPInvokeError());

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int syncfs(int descriptor);
}
