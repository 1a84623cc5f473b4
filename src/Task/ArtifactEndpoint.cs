using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Wrapper;

/// <summary>
/// The client's side of the artifact endpoint: a unix socket in the pod's volume, one for each pod, so that being able to
/// connect says which attempt speaks.
/// </summary>
/// <remarks>
/// <para>The protocol, version 1. Lines end with a line feed; content follows its line and is exactly as long as announced.</para>
/// <code>
/// → slipway-task 1
/// → file NAME SIZE FILENAME      FILENAME is percent-encoded
/// → (SIZE bytes)
/// ← ok SHA256                    stored, durably, under this hash (64 hex digits)
/// → directory NAME FILENAME      then what lies in it, each after the directory that it lies in, with percent-encoded paths relative to it:
/// → dir PATH
/// → file PATH SIZE               or executable PATH SIZE
/// → (SIZE bytes)
/// → link PATH TARGET
/// → end
/// ← ok SHA256 SIZE FILES         hash of the list of what lies in it, bytes and number of all files
/// → value NAME SIZE              JSON of at most 262144 bytes
/// → (SIZE bytes)
/// ← ok SHA256
/// → report SIZE                  the whole report, when it is too long for a termination message
/// → (SIZE bytes)
/// ← ok SHA256
/// ← error TEXT                   in place of ok: refused; the endpoint then closes the connection
/// </code>
/// <para>Storing is idempotent, so a connection that breaks is opened again and the item sent anew.</para>
/// </remarks>
/// <param name="path">The socket.</param>
/// <param name="stopped">Whether the wrapper was told to end already: then the endpoint is not waited for.</param>
internal sealed unsafe class ArtifactEndpoint(string path, bool stopped) : IDisposable
{
    public const int ValueLimit = 256 * 1024;

    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private int socket = -1;

    /// <summary>Sends a file, or what a directory holds.</summary>
    /// <param name="kind"><c>file</c> or <c>value</c>.</param>
    /// <param name="name">Name of the output.</param>
    /// <param name="path">Where it lies; only a file can be a value.</param>
    /// <exception cref="RefusedException">The endpoint refuses it, or it is nothing that can be stored.</exception>
    /// <exception cref="StoppedException">The wrapper was told to end while it waited for the endpoint.</exception>
    public StoredOutput Send(string kind, string name, string path)
    {
        var fileName = Path.GetFileName(path);
        if (Directory.Exists(path))
            return WithRetries(() =>
            {
                SendLine($"directory {name} {Uri.EscapeDataString(fileName)}");
                SendEntries(path, "");
                SendLine("end");
                return ReadAnswer().Split(' ') is [var hash, var size, var count]
                    ? new StoredOutput(name, hash, long.Parse(size, CultureInfo.InvariantCulture), fileName, int.Parse(count, CultureInfo.InvariantCulture))
                    : throw new RefusedException("the artifact endpoint answered a directory with something else");
            });
        return WithRetries(() =>
        {
            using var file = OpenFile(path, out var size);
            SendLine(kind == "file" ? $"file {name} {size} {Uri.EscapeDataString(fileName)}" : $"{kind} {name} {size}");
            SendContent(file, size, path);
            return new StoredOutput(name, ReadAnswer(), size, fileName);
        });
    }

    /// <summary>Sends the whole report.</summary>
    public string SendReport(byte[] report) => WithRetries(() =>
    {
        SendLine($"report {report.Length}");
        SendBytes(report);
        return ReadAnswer();
    });

    public void Dispose() => Close();

    /// <summary>Sends what lies in a directory. Links are sent as they are and never followed.</summary>
    private void SendEntries(string directory, string below)
    {
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            if (HasLostName(entry))
                throw new IOException($"the name of {entry.FullName} is no text in UTF-8; rename it, or leave an archive of the directory, such as a tar file");
            var path = Uri.EscapeDataString(below + entry.Name);
            if (entry.LinkTarget is { } target)
            {
                SendLine($"link {path} {Uri.EscapeDataString(target)}");
            }
            else if (entry is DirectoryInfo)
            {
                SendLine($"dir {path}");
                SendEntries(entry.FullName, $"{below}{entry.Name}/");
            }
            else
            {
                using var file = OpenFile(entry.FullName, out var size);
                SendLine($"{((entry.UnixFileMode & Executable) != 0 ? "executable" : "file")} {path} {size}");
                SendContent(file, size, entry.FullName);
            }
        }
    }

    /// <summary>Opens a regular file. Of a pipe that nobody writes to an ordinary opening would never come back.</summary>
    private static SafeFileHandle OpenFile(string path, out long size)
    {
        var descriptor = Libc.open(path, Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC);
        if (descriptor < 0)
            throw new IOException(Unopened(path, Marshal.GetLastPInvokeError()));
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            size = RandomAccess.GetLength(handle);
            return handle;
        }
        catch (NotSupportedException)
        {
            handle.Dispose();
            throw new RefusedException($"{path} is neither a file, a directory nor a link");
        }
    }

    private static string Unopened(string path, int error) => error switch
    {
        Libc.ENOENT when new FileInfo(path).LinkTarget is { } target => $"{path} is a link to {target}, which is not there; write the file itself",
        Libc.EACCES => $"{path} may not be read by the user of the task; make it readable",
        _ => $"{path}: {Marshal.GetPInvokeErrorMessage(error)}",
    };

    /// <summary>Whether bytes of a name are replaced in its text, by which there is nothing then.</summary>
    private static bool HasLostName(FileSystemInfo entry) => entry.Name.Contains('\ufffd', StringComparison.Ordinal) && !Path.Exists(entry.FullName) && entry.LinkTarget is null;

    private void SendContent(SafeFileHandle file, long size, string path)
    {
        for (var rest = size; rest > 0;)
        {
            var count = Libc.sendfile(socket, (int)file.DangerousGetHandle(), null, (nint)Math.Min(rest, 1 << 30));
            if (count == 0)
                throw new RefusedException($"{path} became shorter while it was stored");
            if (count < 0)
            {
                if (Marshal.GetLastPInvokeError() == Libc.EINTR)
                    continue;
                throw Lost();
            }

            rest -= count;
        }
    }

    private T WithRetries<T>(Func<T> exchange)
    {
        var wait = TimeSpan.FromMilliseconds(50);
        var said = false;
        while (true)
        {
            try
            {
                if (socket < 0)
                {
                    Connect();
                    SendLine("slipway-task 1");
                }

                return exchange();
            }
            catch (BrokenException)
            {
                Close();
            }
            catch
            {
                Close(); // in the midst of something: nothing more can be said there
                throw;
            }

            // The endpoint is gone while Slipway itself restarts; what the command made must not be lost by that.
            if (!said && wait > TimeSpan.FromSeconds(1))
            {
                StandardStreams.Error($"slipway-task: waiting for the artifact endpoint at {path}");
                said = true;
            }

            if (stopped || Signals.IsStop(Signals.Wait(wait)))
                throw new StoppedException();
            wait = wait * 2 < TimeSpan.FromSeconds(2) ? wait * 2 : TimeSpan.FromSeconds(2);
        }
    }

    /// <summary><c>sockaddr_un</c>: the family and at most 107 bytes of path.</summary>
    private void Connect()
    {
        var name = Encoding.UTF8.GetBytes(path);
        if (name.Length > 107)
            throw new RefusedException($"the path of the artifact endpoint is too long: {path}");
        var address = stackalloc byte[110];
        new Span<byte>(address, 110).Clear();
        *(ushort*)address = Libc.AF_UNIX;
        name.CopyTo(new Span<byte>(address + 2, 107));
        socket = Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0);
        if (socket < 0)
            throw new RefusedException($"no socket can be opened: error {Marshal.GetLastPInvokeError()}");
        if (Libc.connect(socket, address, 110) == 0)
            return;
        var error = Marshal.GetLastPInvokeError();
        if (error == Libc.EACCES)
            throw new RefusedException($"the artifact endpoint {path} may not be opened by this user");
        throw new BrokenException();
    }

    private void Close()
    {
        if (socket >= 0)
            _ = Libc.close(socket);
        socket = -1;
    }

    private void SendLine(string line) => SendBytes(Encoding.UTF8.GetBytes(line + "\n"));

    private void SendBytes(byte[] bytes)
    {
        fixed (byte* start = bytes)
        {
            for (nint sent = 0; sent < bytes.Length;)
            {
                var count = Libc.write(socket, start + sent, bytes.Length - sent);
                if (count < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR)
                    continue;
                if (count <= 0)
                    throw Lost();
                sent += count;
            }
        }
    }

    /// <summary>Why the endpoint takes no more: it may have said so before it closed the connection.</summary>
    private Exception Lost()
    {
        try
        {
            ReadAnswer();
            return new BrokenException();
        }
        catch (Exception e) when (e is RefusedException or BrokenException)
        {
            return e;
        }
    }

    private string ReadAnswer()
    {
        var line = new List<byte>();
        byte next;
        while (true)
        {
            var count = Libc.read(socket, &next, 1);
            if (count < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR)
                continue;
            if (count <= 0)
                throw new BrokenException();
            if (next == '\n')
                break;
            line.Add(next);
        }

        var text = Encoding.UTF8.GetString(line.ToArray());
        if (text.StartsWith("ok ", StringComparison.Ordinal))
            return text[3..];
        throw new RefusedException(text.StartsWith("error ", StringComparison.Ordinal) ? text[6..] : $"the artifact endpoint answered {text}");
    }

    /// <summary>The connection broke; another may succeed.</summary>
    private sealed class BrokenException : Exception;
}

/// <summary>What was sent cannot be stored; the message says why.</summary>
internal sealed class RefusedException(string message) : Exception(message);

/// <summary>The wrapper was asked to end.</summary>
internal sealed class StoppedException : Exception;
