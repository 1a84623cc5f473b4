using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Slipway.Flows;

/// <summary>Directories of this machine.</summary>
public static partial class NodeDirectory
{
    private const int AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100;
    private const uint STATX_BASIC_STATS = 0x7ff;
    private const ushort S_IFMT = 0xf000, S_IFREG = 0x8000;
    private const int ENOENT = 2, ENOTDIR = 20;

    /// <summary>The regular files of a directory, not of those below it. Links are none.</summary>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public static IReadOnlyList<FileState> Read(string directory)
    {
        var files = new List<FileState>();
        try
        {
            foreach (var path in Directory.EnumerateFiles(directory))
            {
                if (StateOf(path) is { } state)
                    files.Add(state);
            }
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }

        return files;
    }

    /// <summary>Null for what is no regular file, or is gone. The base library has no time of the last change, which moving a file sets and copying its times does not.</summary>
    private static FileState? StateOf(string path)
    {
        if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, out var state) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return error is ENOENT or ENOTDIR ? null : throw new IOException($"{path} cannot be looked at: {new Win32Exception(error).Message}", error);
        }

        return (state.Mode & S_IFMT) == S_IFREG ? new FileState(Path.GetFileName(path), (long)state.Size, state.Modified.ToTime(), state.Changed.ToTime()) : null;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, out Statx state);

    /// <summary>The structure of statx(2), which is the same on all architectures.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private readonly struct Statx
    {
        [FieldOffset(28)]
        public readonly ushort Mode;

        [FieldOffset(40)]
        public readonly ulong Size;

        [FieldOffset(96)]
        public readonly StatxTime Changed;

        [FieldOffset(112)]
        public readonly StatxTime Modified;
    }

    [StructLayout(LayoutKind.Sequential, Size = 16)]
    private readonly struct StatxTime
    {
        private readonly long seconds;
        private readonly uint nanoseconds;

        public DateTimeOffset ToTime() => DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(seconds, -62_135_596_800, 253_402_300_799) * TimeSpan.TicksPerSecond + nanoseconds / 100);
    }
}
