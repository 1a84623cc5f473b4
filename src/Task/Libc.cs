using System.Runtime.InteropServices;

namespace Slipway.Wrapper;

/// <summary>
/// The calls of the C library that the wrapper needs. They are linked in directly: the base library's own way to start
/// processes and open sockets brings threads and code that a static program of this size should not carry.
/// </summary>
internal static unsafe partial class Libc
{
    public const int EINTR = 4, ENOENT = 2, EACCES = 13, EAGAIN = 11, ENOTDIR = 20, EISDIR = 21, EINVAL = 22, ENOEXEC = 8, EPIPE = 32, ECONNREFUSED = 111;
    public const int SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGUSR1 = 10, SIGUSR2 = 12, SIGPIPE = 13, SIGTERM = 15, SIGCHLD = 17, SIGCONT = 18, SIGWINCH = 28;
    public const int WNOHANG = 1;
    public const int SIG_BLOCK = 0;
    public const short POSIX_SPAWN_SETSIGDEF = 4, POSIX_SPAWN_SETSIGMASK = 8;
    public const int PR_SET_CHILD_SUBREAPER = 36;
    public const int RUSAGE_CHILDREN = -1;
    public const int AF_UNIX = 1, SOCK_STREAM = 1, SOCK_CLOEXEC = 0x80000;
    public const int O_RDONLY = 0, O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000;

    [LibraryImport("libc")] public static partial int getpid();

    [LibraryImport("libc", SetLastError = true)] public static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)] public static partial int wait4(int pid, out int status, int options, out ResourceUsage usage);

    [LibraryImport("libc")] public static partial int getrusage(int who, out ResourceUsage usage);

    [LibraryImport("libc")] public static partial int prctl(int option, nint a, nint b, nint c, nint d);

    [LibraryImport("libc")] public static partial int sigemptyset(SignalSet* set);

    [LibraryImport("libc")] public static partial int sigaddset(SignalSet* set, int signal);

    [LibraryImport("libc")] public static partial int sigfillset(SignalSet* set);

    [LibraryImport("libc")] public static partial int sigismember(SignalSet* set, int signal);

    [LibraryImport("libc")] public static partial int pthread_sigmask(int how, SignalSet* set, SignalSet* old);

    [LibraryImport("libc", SetLastError = true)] public static partial int sigtimedwait(SignalSet* set, SignalInfo* info, TimeSpec* timeout);

    [LibraryImport("libc", SetLastError = true)] public static partial int execve(byte* path, byte** arguments, byte** environment);

    [LibraryImport("libc")] public static partial int posix_spawnattr_init(SpawnAttributes* attributes);

    [LibraryImport("libc")] public static partial int posix_spawnattr_setflags(SpawnAttributes* attributes, short flags);

    [LibraryImport("libc")] public static partial int posix_spawnattr_setsigmask(SpawnAttributes* attributes, SignalSet* set);

    [LibraryImport("libc")] public static partial int posix_spawnattr_setsigdefault(SpawnAttributes* attributes, SignalSet* set);

    [LibraryImport("libc")] public static partial int posix_spawnattr_destroy(SpawnAttributes* attributes);

    /// <summary>Returns the error number; finds the file in PATH as a shell does.</summary>
    [LibraryImport("libc")] public static partial int posix_spawnp(int* pid, byte* file, void* fileActions, SpawnAttributes* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", SetLastError = true)] public static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)] public static partial int connect(int socket, byte* address, uint length);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] public static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)] public static partial nint read(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)] public static partial nint write(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc", SetLastError = true)] public static partial nint sendfile(int output, int input, long* offset, nint count);

    [LibraryImport("libc", SetLastError = true)] public static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)] public static partial int fallocate(int descriptor, int mode, long offset, long length);

    [LibraryImport("libc")] public static partial int close(int descriptor);

    /// <summary><c>sigset_t</c>: 1024 bits in glibc and musl.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SignalSet
    {
        public fixed ulong Bits[16];
    }

    /// <summary><c>siginfo_t</c>, of which nothing is read.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SignalInfo
    {
        public fixed ulong Bytes[16];
    }

    /// <summary><c>posix_spawnattr_t</c>: 336 bytes in glibc and musl, with room to spare.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SpawnAttributes
    {
        public fixed ulong Bytes[64];
    }

    /// <summary><c>struct timespec</c> of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary><c>struct rusage</c> of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ResourceUsage
    {
        public long UserSeconds, UserMicroseconds, SystemSeconds, SystemMicroseconds, MaxResidentKilobytes;
        private fixed long before[6];

        /// <summary>Blocks of 512 bytes that were read from storage, and that were made to be written to it, whatever the file system's block.</summary>
        public long BlocksRead, BlocksWritten;
        private fixed long rest[5];

        /// <summary>User and system time together.</summary>
        public readonly double CpuSeconds => UserSeconds + SystemSeconds + (UserMicroseconds + SystemMicroseconds) / 1e6;
    }
}
