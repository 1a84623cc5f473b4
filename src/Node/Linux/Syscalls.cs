using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Slipway.Node.Linux;

/// <summary>The system calls that the base library does not offer. Failures throw <see cref="Win32Exception"/> with errno's text.</summary>
internal static partial class Syscalls
{
    public const int SigTerm = 15;
    public const int SigKill = 9;

    public const ulong MountReadOnly = 1;
    public const ulong MountNoSuid = 2;
    public const ulong MountNoDev = 4;
    public const ulong MountNoExec = 8;
    public const ulong MountRemount = 32;
    public const ulong MountBind = 4096;
    public const ulong MountRecursive = 16384;

    public const int ErrNoEntry = 2;
    public const int ErrNoProcess = 3;
    public const int ErrInvalid = 22;
    public const int ErrNotDirectory = 20;
    public const int ErrIsDirectory = 21;
    public const int ErrBusy = 16;
    public const int ErrNotEmpty = 39;
    public const int ErrNoSpace = 28;
    public const int ErrTooManyLinks = 31;
    public const int ErrQuota = 122;
    public const int ErrNoSystemCall = 38;
    public const int ErrLoop = 40;
    public const int ErrCrossDevice = 18;
    public const int ErrExists = 17;

    private const int AtEmptyPath = 0x1000;
    private const long Openat2 = 437;

    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    public const int OpenPath = 0x200000;
    public const int OpenCloseOnExec = 0x80000;

    // These two are numbered otherwise on arm64 (asm/fcntl.h).
    public static readonly int OpenDirectory = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;
    public static readonly int OpenNoFollow = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    /// <summary>Sends a signal; false when there is no such process.</summary>
    public static bool Kill(int pid, int signal)
    {
        if (KillCore(pid, signal) == 0)
            return true;
        var errno = Marshal.GetLastPInvokeError();
        return errno == ErrNoProcess ? false : throw new Win32Exception(errno);
    }

    public static void Mount(string source, string target, string? type, ulong flags, string? data)
    {
        if (MountCore(source, target, type, flags, data) != 0)
            throw Failure($"mount of {source} on {target}");
    }

    /// <summary>Unmounts, detaching when busy; false when nothing was mounted there.</summary>
    public static bool Unmount(string target)
    {
        const int Detach = 2, NoFollow = 8;
        if (UmountCore(target, Detach | NoFollow) == 0)
            return true;
        return Marshal.GetLastPInvokeError() is ErrInvalid or ErrNoEntry ? false : throw Failure($"unmount of {target}");
    }

    public static void ChangeOwner(string path, int user, int group)
    {
        if (LchownCore(path, user, group) != 0)
            throw Failure($"chown of {path}");
    }

    /// <summary>Changes the group of what was opened, a link itself included.</summary>
    public static void ChangeGroup(int opened, int group)
    {
        const int SameOwner = -1;
        if (FchownatCore(opened, "", SameOwner, group, AtEmptyPath) != 0)
            throw Failure("chgrp");
    }

    /// <summary>What is known of what was opened.</summary>
    public static unsafe FileFacts FactsOf(int opened)
    {
        const uint TypeModeAndGroup = 0x1 | 0x2 | 0x10;
        // struct statx: the group at 24, the mode at 28.
        var facts = stackalloc byte[256];
        return StatxCore(opened, "", AtEmptyPath, TypeModeAndGroup, facts) == 0
            ? new(*(int*)(facts + 24), *(ushort*)(facts + 28))
            : throw Failure("statx");
    }

    /// <summary>The room that what was opened takes.</summary>
    public static FileSize SizeOf(int opened) => SizeAt(opened, "\0"u8, AtEmptyPath) ?? throw Failure("statx");

    /// <summary>The room that a name of an opened directory takes, a link itself; null when it is not there.</summary>
    /// <param name="directory">The directory, opened.</param>
    /// <param name="name">A name in it, with a zero byte at its end.</param>
    public static FileSize? SizeAt(int directory, ReadOnlySpan<byte> name)
    {
        const int NoFollow = 0x100, NoAutomount = 0x800;
        return SizeAt(directory, name, NoFollow | NoAutomount) ?? (Marshal.GetLastPInvokeError() == ErrNoEntry ? null : throw Failure("statx"));
    }

    private static unsafe FileSize? SizeAt(int directory, ReadOnlySpan<byte> name, int flags)
    {
        const uint TypeLinksNumberAndBlocks = 0x1 | 0x4 | 0x100 | 0x400;
        const int TypeMask = 0xF000, Directory = 0x4000, BlockBytes = 512;
        // struct statx: names at 16, mode at 28, number at 32, blocks at 48, device at 136.
        var facts = stackalloc byte[256];
        fixed (byte* path = name)
            if (StatxCore(directory, path, flags, TypeLinksNumberAndBlocks, facts) != 0)
                return null;
        return new((*(ulong*)(facts + 136), *(ulong*)(facts + 32)), *(uint*)(facts + 16), *(long*)(facts + 48) * BlockBytes, (*(ushort*)(facts + 28) & TypeMask) == Directory);
    }

    /// <summary>Renames in one step, replacing what is there; moves links themselves, which the base library does not.</summary>
    public static void Rename(string from, string to)
    {
        if (RenameCore(from, to) != 0)
            throw Failure($"rename of {from}");
    }

    public static int Open(string path, int flags)
    {
        var fd = OpenCore(path, flags, 0);
        return fd >= 0 ? fd : throw Failure($"open of {path}");
    }

    /// <summary>Makes a directory in an opened one; false when something of that name is there.</summary>
    public static bool MakeDirectoryAt(int directory, string name, UnixFileMode mode)
    {
        if (MkdiratCore(directory, name, (uint)mode) == 0)
            return true;
        return Marshal.GetLastPInvokeError() == ErrExists ? false : throw Failure($"mkdir of {name}");
    }

    /// <summary>Makes an empty file in an opened directory, with permissions that the umask cuts; what is there stays.</summary>
    public static void MakeFileAt(int directory, string name, UnixFileMode mode)
    {
        var fd = OpenBeneath(directory, name, OpenCreate | OpenExclusive, mode);
        if (fd >= 0)
            Close(fd);
        else if (Marshal.GetLastPInvokeError() != ErrExists)
            throw Failure($"open of {name}");
    }

    /// <summary>
    /// Opens a path below a directory; links may be followed, but no step may leave the directory (openat2(2), RESOLVE_BENEATH).
    /// Returns -1 with errno when it cannot be opened.
    /// </summary>
    /// <param name="directory">The directory, opened.</param>
    /// <param name="path">Path relative to it.</param>
    /// <param name="flags">As of open(2).</param>
    /// <param name="mode">Permissions of a file that is made.</param>
    public static unsafe int OpenBeneath(int directory, string path, int flags, UnixFileMode mode = UnixFileMode.None)
    {
        const ulong NoMagicLinks = 2, Beneath = 8;
        var how = stackalloc ulong[3] { (ulong)(uint)(flags | OpenCloseOnExec), (ulong)mode, NoMagicLinks | Beneath };
        return (int)SyscallCore(Openat2, directory, path, how, 3 * sizeof(ulong));
    }

    public static void Close(int fd) => _ = CloseCore(fd);

    /// <summary>
    /// Opens a directory that is in another one, to list it: never what a link leads to, and never what is mounted there (openat2(2)).
    /// Returns -1 with errno when it cannot be opened.
    /// </summary>
    /// <param name="directory">The directory, opened.</param>
    /// <param name="name">A name in it, with a zero byte at its end.</param>
    public static unsafe int OpenDirectoryIn(int directory, ReadOnlySpan<byte> name)
    {
        const ulong NoCrossing = 1, NoMagicLinks = 2, NoLinks = 4, Beneath = 8;
        var how = stackalloc ulong[3] { (ulong)(uint)(OpenDirectory | OpenNoFollow | OpenCloseOnExec), 0, NoCrossing | NoMagicLinks | NoLinks | Beneath };
        fixed (byte* path = name)
            return (int)SyscallCore(Openat2, directory, path, how, 3 * sizeof(ulong));
    }

    /// <summary>Reads entries of an opened directory, as many as the buffer takes (getdents64(2)); 0 at the end.</summary>
    public static unsafe int ReadEntries(int directory, Span<byte> entries)
    {
        fixed (byte* buffer = entries)
            return GetdentsCore(directory, buffer, (nuint)entries.Length) is var read and >= 0 ? (int)read : throw Failure("getdents64");
    }

    /// <summary>Opens the parent of an opened directory, to list it. Returns -1 with errno when it cannot be opened.</summary>
    public static int OpenParent(int directory) => OpenatCore(directory, "..", OpenDirectory | OpenCloseOnExec, 0);

    /// <summary>Begins an opened directory again, or goes on at a position.</summary>
    public static void Rewind(int directory, long position = 0)
    {
        if (LseekCore(directory, position, 0) < 0)
            throw Failure("lseek");
    }

    /// <summary>How far an opened directory has been read, for <see cref="Rewind"/> on any other opening of it.</summary>
    public static long Position(int directory) => LseekCore(directory, 0, 1);

    /// <summary>Removes a name of an opened directory; an empty directory if asked. Returns 0, or errno.</summary>
    public static unsafe int RemoveAt(int directory, ReadOnlySpan<byte> name, bool isDirectory)
    {
        const int RemoveDirectory = 0x200;
        fixed (byte* path = name)
            return UnlinkatCore(directory, path, isDirectory ? RemoveDirectory : 0) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Moves a name from one opened directory to another. Returns 0, or errno.</summary>
    public static unsafe int MoveAt(int from, ReadOnlySpan<byte> name, int to, ReadOnlySpan<byte> newName)
    {
        fixed (byte* old = name, moved = newName)
            return RenameatCore(from, old, to, moved) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Room and files of the file system that a path lies in (statvfs(3)).</summary>
    public static FileSystemRoom RoomOf(string path)
    {
        if (StatvfsCore(path, out var room) != 0)
            throw Failure($"statvfs of {path}");
        return new((long)(room.FragmentSize * room.Blocks), (long)(room.FragmentSize * room.BlocksAvailable), (long)(room.FragmentSize * room.BlocksFree), (long)room.Files, (long)room.FilesFree);
    }

    public static Win32Exception Failure(string what)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new Win32Exception(errno, $"{what}: {Marshal.GetPInvokeErrorMessage(errno)}");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int KillCore(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MountCore(string source, string target, string? type, ulong flags, string? data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UmountCore(string target, int flags);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LchownCore(string path, int user, int group);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameCore(string from, string to);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenCore(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenatCore(int directory, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial long SyscallCore(long number, long directory, string path, ulong* how, long size);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial long SyscallCore(long number, long directory, byte* path, ulong* how, long size);

    [LibraryImport("libc", EntryPoint = "getdents64", SetLastError = true)]
    private static unsafe partial nint GetdentsCore(int directory, byte* entries, nuint size);

    [LibraryImport("libc", EntryPoint = "lseek64", SetLastError = true)]
    private static partial long LseekCore(int fd, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    private static unsafe partial int UnlinkatCore(int directory, byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true)]
    private static unsafe partial int RenameatCore(int from, byte* path, int to, byte* newPath);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MkdiratCore(int directory, string path, uint mode);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FchownatCore(int directory, string path, int user, int group, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatxCore(int directory, string path, int flags, uint mask, byte* facts);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static unsafe partial int StatxCore(int directory, byte* path, int flags, uint mask, byte* facts);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseCore(int fd);

    [LibraryImport("libc", EntryPoint = "statvfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatvfsCore(string path, out StatVfs room);

    // As 64-bit C libraries have it.
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct StatVfs
    {
        public ulong BlockSize, FragmentSize, Blocks, BlocksFree, BlocksAvailable, Files, FilesFree, FilesAvailable, FileSystemId, Flags, LongestName;
        public fixed int Spare[6];
    }
}

/// <summary>What a file system has, in bytes, and how many files.</summary>
internal readonly record struct FileSystemRoom(long Capacity, long Available, long Free, long Inodes, long InodesFree);
